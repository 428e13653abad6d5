import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { IngestProject, VENV } from './project.ts';

/** What is suggested, asked of the versions that it was learnt from, stops none of them. */

const HEAD = `id: t
attributes: {name: T}
ingestion: {source: {type: local_file, path: "t_{{ version }}.parquet"}, file_format: {type: parquet}}
`;

/** Values that are awkward to compare, count or write. */
const VERSIONS: Record<string, string> = {
  '2024-01': `SELECT range AS id, CASE WHEN range % 10 < 3 THEN NULL ELSE 'a''b "c" # ' || range % 3 END AS "word: ""x""",
    CASE WHEN range = 5 THEN 'nan'::DOUBLE ELSE range / 7 - 2 END AS share, DATE '2023-12-01' + range::INTEGER AS day,
    lpad(range::VARCHAR, 5, '0') AS code, NULL::VARCHAR AS nothing, range % 2 = 0 AS even, 'é' || chr(10) AS line,
    9007199254740993 + range AS large, [range] AS list, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS moment, 1e300 * range AS huge,
    'only ' || range % 2 AS month FROM range(100)`,
  '2024-02': `SELECT range AS id, 'a''b "c" # ' || range % 3 AS "word: ""x""", -range AS share, DATE '2024-01-01' + range::INTEGER AS day,
    lpad(range::VARCHAR, 5, '0') AS code, NULL::VARCHAR AS nothing, NULL::BOOLEAN AS even, 'é' || chr(10) AS line,
    9007199254740993 + range AS large, [range] AS list, 'infinity'::TIMESTAMPTZ AS moment, 'inf'::DOUBLE AS huge,
    'next ' || range % 2 AS month FROM range(150)`,
  '2024-03': `SELECT range % 99 AS id, 'a''b "c" # 1' AS "word: ""x""", range AS share, DATE '2024-02-01' + range::INTEGER AS day,
    lpad(range::VARCHAR, 5, '0') AS code, NULL::VARCHAR AS nothing, true AS even, 'é' || chr(10) AS line,
    9007199254740993 + range AS large, [range] AS list, TIMESTAMPTZ '1800-01-01 00:00:00+00' AS moment, 0 AS huge,
    'third ' || range % 2 AS month FROM range(120)`,
};

test('the suggestions of awkward versions are a template that each of them passes', async (t) => {
  const project = await IngestProject.make(t);
  const scratch = path.join(project.dir, 'scratch');
  mkdirSync(scratch);
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: scratch });
  for (const [version, sql] of Object.entries(VERSIONS)) {
    await engine.run(`COPY (${sql}) TO ${literal(path.join(project.dir, `t_${version}.parquet`))} (FORMAT parquet)`);
  }
  engine.close();
  await project.templateText('t', HEAD);
  const none = await project.run(['suggest-checks', 't']);
  assert.deepEqual([none.code, /has no version to learn from/.test(none.stderr)], [1, true]);
  for (const version of Object.keys(VERSIONS)) await project.ingestHere('t', { version });

  const { stdout, code, stderr } = await project.run(['suggest-checks', 't']);
  assert.equal(code, 0, stderr);
  // `id` repeats itself in one version, so another column is the key; words that each version has anew are no list.
  assert.match(stdout, /- id: code\n {2}data_type: text\n {2}checks:\n {2}- is_primary_key # every value stands once/);
  assert.match(stdout, /isin: \{args: \{allowed_values: \["a'b \\"c\\" # 0", /);
  assert.doesNotMatch(stdout, /only 0/);
  assert.match(stdout, /null_share: \{args: \{max_share: 45\}\} # at most 30% were null/);
  assert.match(stdout, /row_count: \{args: \{min_value: 50, max_value: 300\}\} # 100 to 150 rows/);

  await project.templateText('t', HEAD + stdout);
  const checked = await project.run(['check']);
  assert.equal(checked.code, 0, checked.stdout);
  for (const version of Object.keys(VERSIONS)) {
    const again = await project.tellHere('t', { version, overwrite: true });
    assert.equal(again.code, 0, again.stderr);
    const file = path.join(project.storeDir, 'ingest', 't', version, 'record.json');
    const [dataset] = JSON.parse(readFileSync(file, 'utf8')).datasets;
    assert.ok(dataset.checks.length > 10);
    assert.deepEqual(
      dataset.checks.filter(({ status }: { status: string }) => status !== 'passed'),
      [],
    );
  }
});

test('of a template of several datasets the suggestions stand with each; quarantined versions teach nothing', async (t) => {
  const project = await IngestProject.make(t);
  const template = (checks: string) => `id: two
attributes: {name: Two}
source: {type: local_file, path: two.csv}
dataset_defaults: {processing_steps: []}
datasets:
- {id: one, attributes: {name: One}, file_format: {type: csv}}
- {id: other, attributes: {name: Other}, file_format: {type: csv}${checks}}
`;
  await project.write('two.csv', 'a\n1\n2\n');
  await project.templateText('two', template(''));
  await project.ingestHere('two', { version: '1' });
  await project.write('two.csv', 'a\n-5000\n2\n');
  await project.templateText('two', template(', checks: [sql: {args: {expression: a > 0}}]'));
  assert.equal((await project.tellHere('two', { version: '2' })).code, 4);
  const { stdout } = await project.run(['suggest-checks', 'two']);
  const half = (id: string) => `- id: ${id}
  columns:
  - id: "a"
    data_type: integer
    checks:
    - is_primary_key # every value stands once
    - non_nullable # no null
    - in_range: {args: {min_value: 0, max_value: 20}} # from 1 to 2
  checks:
  - row_count: {args: {min_value: 1, max_value: 4}} # 2 rows`;
  const head = (id: string) => `# What the version 1 of ${id} passes. Look at each before you ask for it.`;
  assert.equal(stdout.trim(), ['datasets:', head('one'), half('one'), head('other'), half('other')].join('\n'));
  const only = await project.run(['--json', 'suggest-checks', 'other']);
  assert.deepEqual(
    JSON.parse(only.stdout).datasets.map(({ id, versions }: Record<string, unknown>) => [id, versions]),
    [['other', ['1']]],
  );
});
