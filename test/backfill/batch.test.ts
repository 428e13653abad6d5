import assert from 'node:assert/strict';
import type http from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../builds/workbench.ts';
import { IngestProject, id } from '../ingest/project.ts';
import { tinyProject } from '../ingest/tiny-project.ts';
import { serve } from '../sources/fixture.ts';

interface Planned {
  template: string;
  version: string;
  runs: boolean;
  skipped: string | null;
}

async function planOf(project: IngestProject, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await project.runHere(['--json', 'backfill', ...words]);
  assert.equal(code, 0, stderr);
  const { plan } = JSON.parse(stdout) as { plan: Planned[] };
  return plan.map(
    ({ template, version, skipped }) => `${template} ${version}${skipped === null ? '' : ` (${skipped})`}`,
  );
}

const finished = (stdout: string) =>
  JSON.parse(stdout) as { batch: string; runs: { state: string; version: string }[] };

test('a plan is made of patterns, tags and products, and says what is skipped and why', async (t) => {
  const project = await tinyProject(t);
  await project.template('tiny_two', { source: { type: 'local_file', path: 'tiny.csv' } });
  await project.template('other', { source: { type: 'local_file', path: 'tiny.csv' } });
  await project.templateText('broken', 'id: broken');
  await project.write('products/products.yml', 'products: [{id: p}]');
  await project.write(
    'products/p/recipe.yml',
    'name: P\nproduct: p\ninputs:\n  datasets:\n  - {id: other, version: v7}\n  - {id: tiny}\n',
  );
  await project.ingestHere('tiny', { version: 'v1' });
  const today = new Date().toISOString().slice(0, 10);
  assert.deepEqual(await planOf(project, '--ingest', 'tiny*', '--versions', 'v1,v2'), [
    `tiny v1 (stands since ${today})`,
    ...['tiny v2', 'tiny_two v1', 'tiny_two v2'],
  ]);
  assert.deepEqual(await planOf(project, '--ingest', 'tiny', '--versions', 'v1,v1', '--overwrite'), [
    ...['tiny v1', 'tiny v1 (it stands twice in the plan)'],
  ]);
  assert.deepEqual(await planOf(project, '--product', 'p', '--versions', 'v1'), [
    ...['other v1', `tiny v1 (stands since ${today})`],
  ]);
  assert.deepEqual(await planOf(project, '--tag', 'p', '--versions', 'v2'), ['other v2', 'tiny v2']);
  assert.deepEqual(await planOf(project, '--missing'), ['other v7']);
  assert.match((await planOf(project, '--ingest', 'brok?n', '--versions', 'v1'))[0]!, /^broken v1 \(PRJ_/);
  for (const [words, told] of [
    [['--ingest', 'tinny', '--versions', 'v1'], /no template is called "tinny"[\s\S]*did you mean tiny/],
    [['--tag', 'nothing', '--versions', 'v1'], /no template has the tag "nothing"/],
    [['--product', 'q', '--missing'], /there is no product "q"/],
    [['--ingest', 'tiny'], /say which versions/],
    [['--versions', 'v1'], /say of which templates/],
    [['--ingest', 'tiny', '--versions', '../up'], /is no version/],
    [['--ingest', 'tiny', '--versions', 'v1', '--at-once', '0'], /--at-once wants a whole number/],
    [['show', '../../x'], /there is no batch/],
    [['resume', '20260101T000000-abcd'], /there is no batch/],
  ] as const) {
    const { code, stderr } = await project.runHere(['backfill', ...words]);
    assert.equal(code, 2, words.join(' '));
    assert.match(stderr, told);
  }
  assert.deepEqual(await project.list('batches'), [], 'a plan left something');
  assert.deepEqual(await project.list('ingest'), ['tiny']);
});

test('a batch makes what is missing, says what failed and how to go on, and --failed finds it', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('parts', { source: { type: 'local_file', path: 'parts_{{ version }}.csv' } });
  await project.write('parts_v1.csv', 'id\n1\n');
  const made = await project.run(['backfill', '--ingest', 'parts', '--versions', 'v1,v2', '--at-once', '1', '--yes']);
  assert.equal(made.code, 1, made.stderr);
  assert.match(made.stdout, /^parts +v2 +SRC_NOT_FOUND: there is no local file/m);
  const [, batch] = /again what failed: lifecycle backfill resume (\S+) --failed/.exec(made.stdout) ?? [];
  assert.ok(batch);
  assert.match((await project.runHere(['backfill', 'list'])).stdout, new RegExp(`^${batch} .* 1 made, 1 failed$`, 'm'));
  assert.match((await project.runHere(['backfill', 'show', batch])).stdout, /^2 +parts +v2 +failed +1 +there is no/m);
  assert.deepEqual(await planOf(project, '--failed'), ['parts v2']);

  await project.write('parts_v2.csv', 'id\n1\n');
  // Without --failed there is nothing left to do.
  assert.equal((await project.runHere(['backfill', 'resume', batch])).code, 1);
  const again = await project.runHere(['--json', 'backfill', 'resume', batch, '--failed']);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(
    finished(again.stdout).runs.map(({ state }) => state),
    ['made', 'made'],
  );
  assert.deepEqual(await planOf(project, '--failed'), []);
});

test('the rows of a CSV have parameters of their own', async (t) => {
  const project = await tinyProject(t);
  await project.template('tiny', { processing_steps: [{ name: 'append_prev', mode: 'append' }] });
  await project.write('other/raw, "1".csv', 'id,name\n9,z\n');
  const csv = 'template,version,mode,file,latest\r\ntiny,v1,,,\r\n\r\ntiny,v2,,"raw, ""1"".csv",no\r\n';
  await project.write('other/runs.csv', `\ufeff${csv}`);
  const made = await project.runHere(['--json', 'backfill', '--csv', 'other/runs.csv', '--yes', '--at-once', '1']);
  assert.equal(made.code, 0, made.stderr);
  const rows = await project.query('SELECT * FROM FILE', 'tiny', 'v2');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['z'],
  );
  assert.equal(await project.store.latest(id('tiny')), 'v1');
  await project.write('other/runs.csv', 'template,version,mode\ntiny,v3,append\n');
  const appended = await project.runHere(['backfill', '--csv', 'other/runs.csv', '--yes']);
  assert.equal(appended.code, 0, appended.stderr);
  assert.equal((await project.query('SELECT * FROM FILE', 'tiny', 'v3')).length, 4);
});

test('what is wrong with a CSV is found at its line, before anything runs', async (t) => {
  const project = await tinyProject(t);
  for (const [content, told] of [
    ['', /runs\.csv:1:1: the column template is missing/],
    ['template,versions\n', /runs\.csv:1:10: there is no column "versions"[\s\S]*did you mean version/],
    ['template,version,version\n', /runs\.csv:1:18: the column version stands twice/],
    ['template,version\ntiny,v1\ntiny\n', /runs\.csv:3:1: 1 field in this row, and 2 in the header/],
    ['template,version\ntiny,v1\n"ti\nny",v2\nnone,v1\n', /runs\.csv:3:1: there is no template/],
    ['template,version\ntiny,v1\ntinny,v1\n', /runs\.csv:3:1: there is no template "tinny"[\s\S]*did you mean tiny/],
    ['template,version\ntiny,../up\n', /runs\.csv:2:6: "\.\.\/up" is no version/],
    ['template,version,overwrite\ntiny,v1,perhaps\n', /runs\.csv:2:9: "perhaps" cannot be overwrite/],
    ['template,version,mode\ntiny,v1,a b\n', /runs\.csv:2:9: "a b" cannot be mode/],
    ['template,version,runner\ntiny,v1,me\n', /runs\.csv:2:9: "me" cannot be runner/],
    [
      'template,version\ntiny,a b\n',
      /runs\.csv:2:6: "a b" is no version: it holds " "[\s\S]*hint: use 1 to 100 letters/,
    ],
    ['template,version\ntiny,a/b\n', /runs\.csv:2:6: "a\/b" is no version: it holds "\/"/],
    ['template;version\ntiny;v1\n', /runs\.csv:1:1: columns are separated by commas here, and by ";" in this file/],
    [
      'template,version,mode\ntiny,v1,\ntiny,v1,x\n',
      /runs\.csv:3:1: tiny v1 stands in line 2 too, with other parameters/,
    ],
    ['template,version\n"tiny,v1\n', /runs\.csv:2:1: a quote is opened here and not closed/],
    ['template,version\n"tiny"x,v1\n', /runs\.csv:2:7: after a closing quote/],
  ] as const) {
    await project.write('runs.csv', content);
    const { code, stderr } = await project.runHere(['backfill', '--csv', 'runs.csv', '--yes']);
    assert.equal(code, 2, content);
    assert.match(stderr, told);
  }
  await project.write('runs.csv', Buffer.from('\ufefftemplate,version\n', 'utf16le'));
  assert.match((await project.runHere(['backfill', '--csv', 'runs.csv'])).stderr, /runs\.csv is no text in UTF-8/);
  assert.match(
    (await project.runHere(['backfill', '--csv', 'none.csv'])).stderr,
    /none\.csv cannot be read[\s\S]*ENOENT/,
  );
  await project.write('runs.csv', 'template,version\n');
  assert.match((await project.runHere(['backfill', '--csv', 'runs.csv', '--yes'])).stdout, /^nothing to run$/m);
  assert.deepEqual(await project.list('ingest'), []);
});

/** A project of templates that download from servers which count how many ask at a time. */
async function counting(t: TestContext, respond: (response: http.ServerResponse, url: string) => void) {
  let [now, most, all] = [0, 0, 0];
  const server = await serve((request, response) => {
    all++;
    now++;
    most = Math.max(most, now);
    response.on('close', () => now--);
    setTimeout(() => respond(response, request.url ?? ''), 150);
  });
  t.after(() => server[Symbol.asyncDispose]());
  return { url: server.url, most: () => most, all: () => all };
}

const csv = (response: http.ServerResponse) => response.writeHead(200, { 'content-type': 'text/csv' }).end('id\n1\n');

test('no host is asked by more at a time than --per-host says, and all together by no more than --at-once', async (t) => {
  const project = await IngestProject.make(t);
  const [one, two] = [await counting(t, csv), await counting(t, csv)];
  await project.template('one', { source: { type: 'file_download', url: `${one.url}/{{ version }}.csv` } });
  await project.template('two', { source: { type: 'file_download', url: `${two.url}/{{ version }}.csv` } });
  const words = ['backfill', '--ingest', '*', '--versions', 'a,b,c,d', '--at-once', '6', '--per-host', '2', '--yes'];
  const made = await project.runHere(['--json', ...words]);
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual([one.all(), two.all()], [4, 4]);
  assert.ok(one.most() <= 2 && two.most() <= 2, `${one.most()} and ${two.most()} at a time`);
});

test('a passing trouble is tried again, another is not', async (t) => {
  const project = await IngestProject.make(t);
  const asked = new Map<string, number>();
  const source = await counting(t, (response, url) => {
    const times = (asked.get(url) ?? 0) + 1;
    asked.set(url, times);
    if (url.startsWith('/gone')) response.writeHead(404).end();
    else if (times === 1) response.writeHead(503).end();
    else csv(response);
  });
  await project.template('some', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const words = ['--ingest', 'some', '--versions', 'busy,gone', '--retry-wait', '0', '--yes'];
  const env = { LIFECYCLE_TRANSFER: 'attempts=1' };
  const made = await project.runHere(['--json', 'backfill', ...words], env);
  assert.equal(made.code, 1, made.stderr);
  const { runs } = JSON.parse(made.stdout) as { runs: { state: string; attempts: { code?: string }[] }[] };
  assert.deepEqual(
    runs.map(({ state, attempts }) => [state, ...attempts.map(({ code }) => code)]),
    [
      ['made', 'SRC_HTTP_STATUS', undefined],
      ['failed', 'SRC_HTTP_STATUS'],
    ],
  );
  assert.match(made.stderr, /some busy: .*; it is tried again in 0 s/);
});

test('Ctrl-C stops a batch and its runs, another resume at the same time is refused, and one goes on', async (t) => {
  const project = await IngestProject.make(t);
  let isHeld = true;
  const source = await counting(t, (response, url) => {
    if (!isHeld || url.startsWith('/a')) csv(response);
  });
  await project.template('slow', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const words = ['backfill', '--ingest', 'slow', '--versions', 'a,b,c', '--at-once', '2', '--yes'];
  const child = project.start(words);
  const ended = outcomeOf(child);
  // a is done, b and c hang.
  while (source.all() < 3) await sleep(50);
  const [batch] = await project.list('batches');
  assert.ok(batch);
  const second = await project.run(['backfill', 'resume', batch]);
  assert.equal(second.code, 75, second.stderr);
  assert.match(second.stderr, new RegExp(`batch ${batch} is held by process ${child.pid}`));
  child.kill('SIGINT');
  const first = await ended;
  assert.equal(first.code, 130, first.stderr);
  assert.match(first.stderr, new RegExp(`go on with: lifecycle backfill resume ${batch}`));
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
  assert.match((await project.runHere(['backfill', 'list'])).stdout, /1 made, 2 open/);

  isHeld = false;
  const last = await project.runHere(['--json', 'backfill', 'resume', batch]);
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(
    finished(last.stdout).runs.map(({ state }) => state),
    ['made', 'made', 'made'],
  );
  assert.deepEqual(await project.list('ingest', 'slow'), ['a', 'b', 'c', 'latest']);
});
