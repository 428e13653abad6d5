import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { writeUsaddress } from '../../../test/fixtures/usaddress.ts';
import { casesOf } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import { writeParquet } from '../../parquet/write.ts';
import type { DatasetDefinition } from '../../project/project.ts';
import type { StepName } from '../../project/vocabulary/steps.ts';
import { overTable, type Relation, selectOf } from '../../relation/relation.ts';
import { silentReporter } from '../../report.ts';
import { INSTALLATION, settingsFrom } from '../../settings/settings.ts';
import { process as carryOut } from '../process.ts';
import { summarise } from '../summary.ts';
import { applyStep } from './registry.ts';
import type { StepContext } from './step.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'lifecycle-geocode-'));
const command = [process.execPath, path.join(INSTALLATION, 'test', 'fixtures', 'geosupport', 'command.mjs')];
const settings = settingsFrom(
  { LIFECYCLE_GEOSUPPORT: JSON.stringify(command), GEOFILES: '/data/version-25b_25.2/fls/' },
  { cwd: workDir, project: workDir, stderrIsTerminal: false },
);
const engine = await Engine.open({ venvDir: settings.venvDir, temporaryDir: workDir });
after(() => {
  engine.close();
  rmSync(workDir, { recursive: true });
});

const context: StepContext = {
  engine,
  settings,
  reporter: silentReporter,
  signal: new AbortController().signal,
  workDir,
  trustSample: false,
  previousVersion: () => Promise.reject(new Error('not asked for')),
};

/** A relation of these columns; types by DuckDB's names. */
async function table(columns: Record<string, string>, rows: string): Promise<Relation> {
  const list = Object.values(columns).map((type, i) => `c${i}::${type} AS c${i}`);
  const names = Object.keys(columns).map((_, i) => `c${i}`);
  const made = await engine.materialize(`SELECT ${list.join(', ')} FROM (VALUES ${rows}) v(${names.join(', ')})`);
  return overTable(
    made,
    Object.entries(columns).map(([name, type]) => ({ name, type })),
  );
}

async function written(relation: Relation) {
  const file = path.join(workDir, 'written.parquet');
  const { rows } = await writeParquet(engine, relation, file);
  return { relation, rows, file };
}

async function run(step: StepName, before: Relation, args: Record<string, unknown> = {}) {
  const relation = await applyStep(step, before, args, context);
  const rows = await engine.rows(selectOf(relation));
  const records = rows.map((row) => Object.fromEntries(relation.columns.map(({ name }, i) => [name, row[`c${i}`]])));
  const change = {
    step: { name: step, args, mode: null },
    before,
    after: relation,
    started: new Date(),
    ended: new Date(),
  };
  const [summary] = await summarise(engine, [change], await written(relation), settings.env);
  return { relation, records, summary: summary! };
}

test('geocode_bin: BBL before BIN, other columns go, the planned-buildings file is asked where the first says no', async () => {
  const { relation, records, summary } = await run(
    'geocode_bin',
    await table({ name: 'VARCHAR', bin: 'BIGINT' }, "('a', 30), ('b', 9), ('c', 2), ('d', 10)"),
  );
  assert.deepEqual(
    relation.columns.map(({ name, type }) => [name, type]),
    [
      ['bbl', 'VARCHAR'],
      ['bin', 'BIGINT'],
    ],
  );
  assert.deepEqual(records, [
    { bbl: 'b30', bin: '30' },
    { bbl: null, bin: '9' },
    { bbl: '2', bin: '2' },
    { bbl: 'b10', bin: '10' },
  ]);
  assert.equal(summary.description, 'Geocoded with function BN');
  assert.deepEqual(summary.column_modifications, { added: ['bbl'] });
  assert.deepEqual(summary.custom, { rows_geocoded: 3, total_rows: 4 });
});

test('geocode_bin: a BIN that became a double is asked as Python writes it, a missing one not at all', async () => {
  const { records } = await run('geocode_bin', await table({ bin: 'DOUBLE' }, '(1000001), (NULL)'));
  assert.deepEqual(records, [
    { bbl: '2', bin: 1000001 },
    { bbl: null, bin: null },
  ]);
});

test('geocode_bin: more rows than are read at a time stay in order', async (t) => {
  const rows = casesOf(t, 11_000, 25_000);
  const made = await engine.materialize(`SELECT 10 * range AS c0 FROM range(${rows}) ORDER BY range DESC`);
  const { relation } = await run('geocode_bin', overTable(made, [{ name: 'bin', type: 'BIGINT' }]));
  const [facts] = await engine.rows(
    `SELECT count(*) AS n, bool_and(c1 = 'b' || c0) AS own, bool_and(c0 = 10 * (${rows} - 1 - rowid)) AS ordered FROM ${relation.from}`,
  );
  assert.deepEqual(facts, { n: String(rows), own: true, ordered: true });
});

test('geocode_bbl: by address, by lot where there is none, and the rejection where nothing is found', async () => {
  const { relation, records, summary } = await run(
    'geocode_bbl',
    await table(
      { boro: 'VARCHAR', block: 'VARCHAR', lot: 'VARCHAR', other: 'VARCHAR' },
      "('1', '00001', '0001', 'x'), ('2', '00001', '0007', 'x'), ('3', '00001', '0009', 'x')",
    ),
  );
  const [byAddress, byLot, notFound] = records;
  assert.equal(byAddress!.bbl, '12 STREET 100002 1');
  assert.equal(byAddress!.latitude, '40.7');
  assert.equal(byAddress!.policeprct, '9', 'what only 1E knows');
  assert.equal(byAddress!.msg, '1A', '1A wins over 1E');
  assert.equal(byAddress!.firecomp, 'E');
  assert.equal(byAddress!.input_hnum, '12');
  assert.equal(byAddress!.numberOfExistingStructures, '0003');
  assert.equal(byLot!.bbl, '2000010007');
  assert.equal(byLot!.input_sname, '');
  assert.equal(byLot!.firecomp, null);
  assert.deepEqual([notFound!.bbl, notFound!.latitude, notFound!.grc, notFound!.msg], ['', null, '11', '1A 11']);
  assert.deepEqual([notFound!.borough, notFound!.block, notFound!.lot, notFound!.easement], ['3', '00001', '0009', '']);
  assert.equal(relation.columns.length, 32);
  assert.ok(relation.columns.every((column) => column.type === 'VARCHAR'));
  assert.deepEqual(summary.custom, { rows_geocoded: 2, total_rows: 3, geosupport_version: '25b' });
});

test('geocode_bbl: numbers and missing values are refused by column and row', async () => {
  await assert.rejects(
    run('geocode_bbl', await table({ boro: 'BIGINT', block: 'VARCHAR', lot: 'VARCHAR' }, "(1, '2', '3')")),
    {
      code: 'ING_BAD_VALUE',
      message: /"boro" is BIGINT/,
    },
  );
  const rows = "('1', '00001', '0001'), ('1', NULL, '0001')";
  await assert.rejects(run('geocode_bbl', await table({ boro: 'VARCHAR', block: 'VARCHAR', lot: 'VARCHAR' }, rows)), {
    code: 'ING_BAD_VALUE',
    message: /"block", row 2/,
  });
});

test('geocode_address: columns are added behind the others, under the prefix', async () => {
  const before = await table(
    { address1: 'VARCHAR', zip5: 'BIGINT', latitude: 'DOUBLE' },
    "('124 GREENE ST FL 2', 10012, 1), ('NOWHERE', 10013, 2)",
  );
  const { relation, records, summary } = await run('geocode_address', before);
  assert.deepEqual(
    relation.columns.slice(0, 5).map((column) => column.name),
    ['address1', 'zip5', 'latitude', 'geosupport_billingbbl', 'geosupport_bbl'],
  );
  assert.equal(relation.columns.length, 28);
  assert.equal(records[0]!.geosupport_bbl, '124 GREENE ST 10012');
  assert.equal(records[0]!.geosupport_policeprct, '9');
  assert.equal(records[0]!.geosupport_grc, '00');
  assert.equal(records[1]!.geosupport_grc, '11');
  assert.deepEqual(summary.custom, { rows_geocoded: 1, total_rows: 2, geosupport_version: '25b' });

  const other = await run('geocode_address', before, { output_prefix: 'g_', zip_column: 'latitude' });
  assert.equal(other.records[0]!.g_bbl, '124 GREENE ST 1.0');
});

test('geocode_address: addresses are split by usaddress where a Python has it, and the summary says by what', async () => {
  const packages = path.join(workDir, 'packages');
  await writeUsaddress(packages);
  const python = path.join(settings.venvDir, 'bin', 'python');
  const before = await table({ address1: 'VARCHAR', zip5: 'VARCHAR' }, "('124 GREENE ST', '10012'), ('TWICE 1', '1')");
  const step = { name: 'geocode_address', args: {}, mode: null };
  const dataset = { id: 'd', target_crs: null, processing_steps: [step] } as unknown as DatasetDefinition;
  const splitWith = async (PYTHONPATH: string) => {
    const own = { ...settings, python, env: { ...settings.env, PYTHONPATH } };
    const { relation, changes } = await carryOut(before, dataset, null, { ...context, settings: own });
    const [summary] = await summarise(engine, changes, await written(relation), own.env);
    const column = relation.columns.find(({ name }) => name === 'geosupport_bbl')!;
    const [first] = await engine.rows(`SELECT ${column.expression} AS bbl FROM ${relation.from}`);
    return [first!.bbl, summary!.custom!.address_parser];
  };
  assert.deepEqual(await splitWith(packages), ['n124 PRE GREENE ST 10012', 'usaddress 9.9']);
  assert.deepEqual(await splitWith(''), ['124 GREENE ST 10012', 'rules']);
});

test('a table without rows gets its columns without a call', async () => {
  const empty = await table({ bin: 'BIGINT' }, '(1)');
  const { relation, records } = await run('geocode_bin', { ...empty, where: ['false'] });
  assert.deepEqual(records, []);
  assert.deepEqual(
    relation.columns.map((column) => column.name),
    ['bbl', 'bin'],
  );
});

test('an answer that is not Geosupport’s is refused', async () => {
  const strange = { ...context, settings: { ...settings, geosupport: JSON.stringify([...command, 'other']) } };
  await assert.rejects(applyStep('geocode_bin', await table({ bin: 'BIGINT' }, '(1)'), {}, strange), {
    code: 'ING_GEOSUPPORT',
    message: /BOROUGH BLOCK LOT/,
  });
});
