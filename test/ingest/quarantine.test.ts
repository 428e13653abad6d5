import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { IngestProject } from './project.ts';

/** Checks of rows and columns, and what becomes of a version that fails one. */

const SOUND = 'borough,visits\nQueens,5\nBronx,7\n';
const BAD = 'borough,visits\nQueens,5\nKings,-7\n';
const CHECKS = `columns:
- id: borough
  data_type: text
  checks:
  - isin: {args: {allowed_values: [Queens, Bronx]}}
- id: visits
  data_type: integer
  checks:
  - greater_than_or_equal_to: {args: {min_value: 6}, warn_only: true, name: busy}
checks:
- sql: {args: {expression: visits > 0}, description: nobody goes less than once}
`;

function template(more: string, id = 't'): string {
  return `id: ${id}
attributes: {name: T}
ingestion:
  source: {type: local_file, path: ${id}.csv}
  file_format: {type: csv}
${more}`;
}

async function project(t: TestContext, more = CHECKS): Promise<IngestProject> {
  const made = await IngestProject.make(t);
  await made.templateText('t', template(more));
  return made;
}

async function ingest(made: IngestProject, csv: string, version: string, ...flags: string[]) {
  await made.write('t.csv', csv);
  const { code, stdout, stderr } = await made.runHere(['--json', 'ingest', 't', version, ...flags]);
  return { code, stderr, answer: JSON.parse(stdout) };
}

const record = (made: IngestProject, version: string) =>
  JSON.parse(readFileSync(path.join(made.dir, '.lifecycle', 'ingest', 't', version, 'record.json'), 'utf8'));
const latest = async (made: IngestProject) => (await made.runHere(['latest', 't'])).stdout.trim();

test('a version that fails a check is kept, says why and where, and is never latest', async (t) => {
  const made = await project(t);
  const first = await ingest(made, SOUND, '1');
  assert.equal(first.code, 0);
  assert.deepEqual(first.answer.datasets[0].warnings, [
    { check: 'greater_than_or_equal_to', message: 'visits: 1 of 2 rows are not at least 6, first row 1 (5)' },
  ]);
  const second = await ingest(made, BAD, '2');
  assert.equal(second.code, 4);
  assert.equal(second.answer.error.code, 'ING_QUARANTINED');
  assert.equal(
    second.answer.error.message,
    't@2 is published as quarantined, since checks fail: borough: 1 of 2 rows are none of "Queens", "Bronx", first row 2 (Kings) (isin, ingest_templates/t.yml:10:5); 1 of 2 rows are not as `visits > 0` says, first row 2 (visits=-7) (sql, ingest_templates/t.yml:16:3)',
  );
  assert.equal(await latest(made), '1');
  const { datasets, quarantine } = record(made, '2');
  assert.deepEqual(
    datasets[0].checks.map(({ check, column, status, rows_failing, title }: Record<string, unknown>) => [
      check,
      column,
      status,
      rows_failing,
      title,
    ]),
    [
      ['isin', 'borough', 'failed', 1, undefined],
      ['greater_than_or_equal_to', 'visits', 'warned', 2, 'busy'],
      ['sql', null, 'failed', 1, undefined],
    ],
  );
  assert.deepEqual(
    quarantine.reasons.map(({ dataset, check, place }: Record<string, unknown>) => [dataset, check, place]),
    [
      ['t', 'isin', 'ingest_templates/t.yml:10:5'],
      ['t', 'sql', 'ingest_templates/t.yml:16:3'],
    ],
  );
  const beside = path.join(made.dir, '.lifecycle', 'ingest', 't', '2', 't', 'checks.json');
  assert.deepEqual(JSON.parse(readFileSync(beside, 'utf8')), { format: 1, dataset: 't', checks: datasets[0].checks });
  assert.match((await made.runHere(['show', 't'])).stdout, /^2 \(quarantined\)/m);
  assert.match(
    (await made.runHere(['show', 't@2'])).stdout,
    /quarantined: never latest until lifecycle release t@2[\s\S]*checks: 0 passed, 1 warned, 2 failed/,
  );
  assert.match((await made.runHere(['list'])).stderr, /t@2 is quarantined: borough: 1 of 2 rows/);
  assert.equal((await made.run(['latest', 't', '2'])).code, 4);
  assert.equal((await made.runHere(['show', 't@latest'])).stdout.split('\n')[0], 't@1');
});

test('a repetition says the same again; a release says who and why, and gives the version to latest', async (t) => {
  const made = await project(t);
  await ingest(made, SOUND, '1');
  await ingest(made, BAD, '2');
  const before = record(made, '2');
  const again = await ingest(made, BAD, '2');
  assert.deepEqual([again.code, /^t@2 stands as quarantined/.test(again.answer.error.message)], [4, true]);
  assert.deepEqual(record(made, '2'), before);
  assert.equal((await made.runHere(['release', 't@2', '--reason', ' '])).code, 2);
  assert.equal((await made.runHere(['release', 't@1', '--reason', 'x'])).code, 1);
  const released = await made.run(['release', 't@2', '--reason', 'confirmed', '--by', 'Ada']);
  assert.deepEqual(
    [released.code, released.stdout.trim().split('\n')],
    [0, ['t@2 released by Ada: confirmed', 'latest of t: 1 → 2']],
  );
  const { quarantine, ...rest } = record(made, '2');
  assert.deepEqual({ ...rest, quarantine: { reasons: quarantine.reasons } }, before);
  assert.deepEqual([quarantine.released.by, quarantine.released.reason], ['Ada', 'confirmed']);
  assert.equal(await latest(made), '2');
  assert.equal((await ingest(made, BAD, '2')).code, 0);
  assert.equal((await ingest(made, BAD, '2', '--overwrite')).code, 0);
  assert.equal(record(made, '2').quarantine.released.by, 'Ada');
  const twice = await made.runHere(['release', 't@2', '--reason', 'other', '--by', 'Bob']);
  assert.match(twice.stdout, /^t@2 was released at .* by Ada: confirmed/);
});

test('a version that is latest and becomes quarantined by --overwrite gives latest back', async (t) => {
  const made = await project(t);
  await ingest(made, SOUND, '1');
  await ingest(made, `${SOUND}Queens,9\n`, '2');
  assert.equal(await latest(made), '2');
  const { code, stderr } = await ingest(made, BAD, '2', '--overwrite');
  assert.equal(code, 4);
  assert.match(stderr, /latest of t: 2 → 1/);
  assert.equal(await latest(made), '1');
  const only = await ingest(made, BAD, '1', '--overwrite');
  assert.equal(only.code, 4);
  assert.equal((await made.runHere(['latest', 't'])).code, 1);
});

test('--accept publishes without quarantine and says so; so do checks that were mended', async (t) => {
  const made = await project(t);
  const accepted = await ingest(made, BAD, '1', '--accept');
  assert.equal(accepted.code, 0);
  assert.equal(record(made, '1').quarantine, undefined);
  assert.deepEqual(
    record(made, '1').datasets[0].warnings.map(({ check, accepted: is }: Record<string, unknown>) => [check, is]),
    [
      ['isin', true],
      ['greater_than_or_equal_to', undefined],
      ['sql', true],
    ],
  );
  await ingest(made, BAD, '2');
  assert.equal(await latest(made), '1');
  await made.templateText('t', template('checks: [valid_geometry: {warn_only: true}]\n'));
  assert.equal((await ingest(made, BAD, '2')).code, 0);
  assert.deepEqual([record(made, '2').quarantine, await latest(made)], [undefined, '2']);
});

test('a template without checks of rows and columns has neither their file nor their fields', async (t) => {
  const made = await project(t, 'checks: [same_columns, row_count: {args: {max_decrease: 20}}]\n');
  await ingest(made, SOUND, '1');
  const dir = path.join(made.dir, '.lifecycle', 'ingest', 't', '1');
  assert.equal(existsSync(path.join(dir, 't', 'checks.json')), false);
  assert.deepEqual([record(made, '1').quarantine, 'checks' in record(made, '1').datasets[0]], [undefined, false]);
});

test('a quarantined version is no measure for the next one, and nothing is appended to it', async (t) => {
  const made = await project(t);
  await ingest(made, SOUND, '1');
  await ingest(made, `${BAD}${'Kings,1\n'.repeat(20)}`, '2');
  const third = await ingest(made, SOUND, '3');
  assert.equal(third.code, 0);
  assert.equal(record(made, '3').datasets[0].changes.since, '1');
});

test('lifecycle.yml asks it of every dataset; undeclared columns are refused or left out', async (t) => {
  const made = await project(t, 'columns: [{id: borough, data_type: text}]\n');
  await made.write('lifecycle.yml', 'checks:\n- row_count: {args: {min_value: 3}}\n- columns: freeze\n');
  const { answer, code } = await ingest(made, SOUND, '1');
  assert.equal(code, 4);
  assert.deepEqual(
    answer.error.reasons.map(({ message, place }: Record<string, unknown>) => [message, place]),
    [
      ['2 rows are less than 3', 'lifecycle.yml:2:3'],
      ['columns that the template does not declare: visits', 'lifecycle.yml:3:3'],
    ],
  );
  await made.templateText(
    't',
    template(
      'columns: [{id: borough, data_type: text}]\nchecks: [columns: discard, row_count: {args: {min_value: 1}}]\n',
    ),
  );
  const discarded = await ingest(made, SOUND, '2');
  assert.equal(discarded.code, 0);
  assert.deepEqual(record(made, '2').datasets[0].columns, [{ name: 'borough', type: 'VARCHAR' }]);
});

test('references look into the latest version of another dataset, and a file that is adopted is checked too', async (t) => {
  const made = await project(
    t,
    'columns: [{id: borough, data_type: text, checks: [references: {args: {dataset: names, column: name}}]}]\n',
  );
  await made.templateText('names', template('', 'names'));
  const none = await ingest(made, SOUND, '1');
  assert.match(none.answer.error.message, /cannot be carried out: names has no latest version/);
  await made.write('names.csv', 'name\nQueens\nBronx\n');
  await made.runHere(['ingest', 'names', '1']);
  assert.equal((await ingest(made, SOUND, '2')).code, 0);
  const bad = await ingest(made, BAD, '3');
  assert.match(
    bad.answer.error.message,
    /borough: 1 rows have a value that name of names@1 lacks, first row 2 \(Kings\)/,
  );
  const file = path.join(made.dir, '.lifecycle', 'ingest', 't', '3', 't', 't.parquet');
  const adopted = await made.runHere(['adopt', 't', '4', file]);
  assert.deepEqual([adopted.code, /t@4 is published as quarantined/.test(adopted.stderr)], [4, true]);
});

test('a plan takes a quarantined version only where the recipe pins it', async (t) => {
  const made = await project(t);
  await ingest(made, SOUND, '1');
  await ingest(made, BAD, '2');
  const planned = async (version: string) => {
    const recipe = `name: P\nproduct: p\ninputs:\n  missing_versions_strategy: find_latest\n  datasets:\n  - {id: t${version}}\n`;
    await made.write('products/p/recipe.yml', recipe);
    await made.write('products/products.yml', 'products: [{id: p}]\n');
    const { code, stdout, stderr } = await made.runHere(['--json', 'plan', 'p', 'k', '--dry-run', '--offline']);
    return code === 0 ? (JSON.parse(stdout).inputs[0].version as string) : stderr;
  };
  assert.equal(await planned(''), '1');
  assert.equal(await planned(', version: "2"'), '2');
  await made.runHere(['release', 't@2', '--reason', 'seen']);
  assert.equal(await planned(''), '2');
});
