import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { outcomeOf, processesWith } from '../builds/workbench.ts';
import { IngestProject, VENV } from './project.ts';

/** Fault row 2 inside of work that hears nothing: native code, and JavaScript that keeps its thread. */

/** A polygon whose every edge crosses all others: GEOS needs minutes to make it valid. */
function star(points: number): string {
  const ring = Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * ((i * Math.floor(points / 2)) % points)) / points;
    return [-74 + Math.cos(angle) * 0.1, 40.7 + Math.sin(angle) * 0.1];
  });
  const geometry = { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
  return JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: { a: 1 }, geometry }] });
}

const step = (args: Record<string, unknown>) => [{ name: 'pd_series_func', args }];

async function projectOf(t: TestContext): Promise<IngestProject> {
  const project = await IngestProject.make(t);
  await project.write('star.geojson', star(2501));
  await project.template('star', {
    source: { type: 'local_file', path: 'star.geojson' },
    file_format: { type: 'geojson' },
    target_crs: 'EPSG:4326',
    processing_steps: step({ column_name: 'geom', function_name: 'make_valid', geo: true }),
  });
  await project.write('wide.csv', `a\n${'x\n'.repeat(10)}`);
  await project.template('wide', {
    processing_steps: step({ column_name: 'a', function_name: 'str.zfill', width: 2_000_000_000 }),
  });
  return project;
}

/** Resolves when the steps have been put together, and the database is at its work; or at another line. */
async function working(child: ReturnType<IngestProject['start']>, line = /^process: /m): Promise<void> {
  for await (const text of child.stderr!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    if (line.test(String(text))) break;
  }
  await sleep(700);
}

/** Looked for twice: the process that cuts itself off becomes another one, and has no words for a moment. */
async function ended(project: IngestProject): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (let looks = 0; looks < 2 && performance.now() < deadline; ) {
    looks = (await processesWith(project.dir)).length > 0 ? 0 : looks + 1;
    await sleep(200);
  }
}

async function isClean(project: IngestProject, template: string): Promise<void> {
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
  assert.deepEqual(await project.list('ingest', template), []);
  assert.deepEqual(await processesWith(project.dir), []);
}

for (const [template, signal, exitCode] of [
  ['star', 'SIGTERM', 143],
  ['wide', 'SIGINT', 130],
] as const) {
  test(`fault 2: ${signal} in native work (${template}) ends it after the grace time`, async (t) => {
    const project = await projectOf(t);
    const child = project.start(['ingest', template, 'v1'], { LIFECYCLE_STOP_WITHIN: '1' });
    const outcome = outcomeOf(child);
    await working(child);
    assert.deepEqual([(await project.list('.staging')).length, (await project.list('.locks')).length], [1, 1]);
    const since = performance.now();
    child.kill(signal);
    const { code, signal: endedBy, stdout, stderr } = await outcome;
    const took = performance.now() - since;
    assert.deepEqual([code, endedBy, stdout], [exitCode, null, ''], stderr);
    assert.ok(took >= 900 && took < 6_000, `${took} ms`);
    assert.match(stderr, new RegExp(`warning: ${signal}: stopping; .* cut off in 1 s, or at the next signal`));
    assert.match(stderr, new RegExp(`warning: stopped by ${signal}, cut off \\(not stopped after 1 s\\)`));
    await isClean(project, template);
  });
}

test('fault 2: a second signal ends native work at once', async (t) => {
  const project = await projectOf(t);
  const child = project.start(['ingest', 'star', 'v1']);
  const outcome = outcomeOf(child);
  await working(child);
  child.kill('SIGTERM');
  await sleep(800);
  const since = performance.now();
  child.kill('SIGTERM');
  const { code, stderr } = await outcome;
  assert.equal(code, 143, stderr);
  assert.ok(performance.now() - since < 3_000, 'it took long');
  assert.match(stderr, /cut off \(SIGTERM again\)/);
  await isClean(project, 'star');
});

test('fault 2: JavaScript that reads a large page is stopped in the middle of it', async (t) => {
  const project = await projectOf(t);
  const row = (i: number) => `<tr><td>${i}</td><td>name ${i}</td></tr>`;
  const rows = Array.from({ length: 600_000 }, (_, i) => row(i)).join('');
  await project.write('page.html', `<html><body><table><tr><th>a</th><th>b</th></tr>${rows}</table></body></html>`);
  await project.template('page', {
    source: { type: 'local_file', path: 'page.html' },
    file_format: { type: 'html', kwargs: { match: 'name' } },
  });
  const child = project.start(['ingest', 'page', 'v1'], { LIFECYCLE_STOP_WITHIN: '1' });
  const outcome = outcomeOf(child);
  await working(child, /^extract: /m);
  await sleep(700);
  const since = performance.now();
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await outcome;
  assert.deepEqual([code, stdout], [143, ''], stderr);
  assert.ok(performance.now() - since < 6_000, `${performance.now() - since} ms`);
  assert.match(stderr, /warning: stopped by SIGTERM/);
  await isClean(project, 'page');
});

test('a grace time that is none is refused', async (t) => {
  const project = await projectOf(t);
  const { code, stderr } = await project.run(['ingest', 'wide', 'v1'], { LIFECYCLE_STOP_WITHIN: 'soon' });
  assert.equal(code, 2);
  assert.match(stderr, /error LIF_BAD_SETTING: LIFECYCLE_STOP_WITHIN is "soon"/);
});

test('fault 2: the process that started it and named itself is gone', async (t) => {
  const project = await projectOf(t);
  const args = ['--project', project.dir, 'ingest', 'star', 'v1'];
  // The starter dies of SIGKILL, as a supervisor's does that is out of memory.
  const script = `
    const { spawn } = require('node:child_process');
    const env = { ...process.env, LIFECYCLE_PARENT: process.argv[1] === 'named' ? String(process.pid) : '1' };
    spawn(${JSON.stringify(path.join(INSTALLATION, 'bin/lifecycle'))}, ${JSON.stringify(args)}, { env, stdio: 'inherit' });`;
  const start = async (how: string) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV, LIFECYCLE_STOP_WITHIN: '1' };
    const starter = spawn(process.execPath, ['-e', script, how], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    await working(starter);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    // Nobody reads what it tells from now on.
    starter.stderr!.destroy();
  };
  await start('named');
  await ended(project);
  await isClean(project, 'star');

  await start('not named');
  // Longer than the grace time.
  await sleep(2_500);
  const [left, ...others] = await processesWith(project.dir);
  assert.ok(left && others.length === 0, 'one whose parent went, as a daemon’s does, runs on');
  process.kill(Number.parseInt(left, 10), 'SIGKILL');
});
