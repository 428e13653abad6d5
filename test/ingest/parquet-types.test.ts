import assert from 'node:assert/strict';
import path from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { pythonTools } from '../python-environment.ts';
import { pythonSession } from '../python-session.ts';
import { IngestProject, VENV } from './project.ts';

/** Types of parquet files that DuckDB reads as another value: what pyarrow wrote is what pyarrow reads afterwards. */

const tools = await pythonTools(VENV);
const skip = 'missing' in tools ? `NOT RUN: ${tools.missing}` : false;
const session = 'python' in tools ? pythonSession(tools.python) : undefined;
after(() => session?.end());

function python(code: string, ...args: string[]): Promise<string> {
  const prelude = 'import sys, json, datetime, decimal, pyarrow as pa, pyarrow.parquet as pq\n';
  return session!.run(prelude + code, ...args);
}

/** A project whose template reads a file that pyarrow makes of `columns`, a Python dict of arrays. */
async function projectOf(t: TestContext, columns: string, steps: object[] = []): Promise<IngestProject> {
  const project = await IngestProject.make(t);
  await project.template('raw', {
    source: { type: 'local_file', path: 'in.parquet' },
    file_format: { type: 'parquet' },
    processing_steps: steps,
  });
  await python(`pq.write_table(pa.table(${columns}), sys.argv[1])`, path.join(project.dir, 'in.parquet'));
  return project;
}

/** Type and values of each published column; moments and times as their integers. */
async function published(project: IngestProject): Promise<Record<string, [type: string, values: unknown[]]>> {
  const { code, stderr } = await project.tellHere('raw');
  assert.equal(code, 0, stderr);
  const file = path.join(project.storeDir, 'ingest/raw/v1/raw/raw.parquet');
  const read = `
def plain(c):
    whole = pa.types.is_timestamp(c.type) or pa.types.is_time64(c.type)
    return [None if v is None else str(v) for v in (c.cast('int64') if whole else c).to_pylist()]
t = pq.read_table(sys.argv[1])
print(json.dumps({n: [str(t[n].type), plain(t[n])] for n in t.column_names}))`;
  return JSON.parse(await python(read, file)) as Record<string, [string, unknown[]]>;
}

const INSTANTS = "pa.array([1706696430123456789, None, -1], pa.timestamp('ns', 'America/New_York'))";

test('instants keep their nanoseconds, also through steps that move rows and names', { skip }, async (t) => {
  const expected = ['timestamp[ns, tz=UTC]', ['1706696430123456789', null, '-1']];
  assert.deepEqual(await published(await projectOf(t, `{'t': ${INSTANTS}}`)), { t: expected });

  const steps = [
    { name: 'sort', args: { by: ['k'], ascending: false } },
    { name: 'rename_columns', args: { map: { t: 'T' } } },
    { name: 'drop_columns', args: { columns: ['k'] } },
  ];
  const moved = await published(await projectOf(t, `{'k': [3, 2, 1], 't': ${INSTANTS}}`, steps));
  assert.deepEqual(moved, { T: expected });
});

test('instants of nanoseconds become text and days by UTC', { skip }, async (t) => {
  const coerce = (type: string) => [{ name: 'coerce_column_types', args: { column_types: { t: type } } }];
  const text = await published(await projectOf(t, `{'t': ${INSTANTS}}`, coerce('string')));
  assert.deepEqual(text.t?.[1].slice(0, 2), ['2024-01-31 10:20:30.123456+00:00', null]);
  const days = await published(await projectOf(t, `{'t': ${INSTANTS}}`, coerce('date')));
  assert.deepEqual(days.t, ['date32[day]', ['2024-01-31', null, '1969-12-31']]);
});

test('durations are text, as those of workbooks, whatever their unit', { skip }, async (t) => {
  const columns = ['s', 'ms', 'us', 'ns'].map((unit) => `'${unit}': pa.array([1, None, -1], pa.duration('${unit}'))`);
  const result = await published(await projectOf(t, `{${columns.join(', ')}}`));
  assert.deepEqual(result, {
    s: ['string', ['0:00:01', null, '-1 day, 23:59:59']],
    ms: ['string', ['0:00:00.001000', null, '-1 day, 23:59:59.999000']],
    us: ['string', ['0:00:00.000001', null, '-1 day, 23:59:59.999999']],
    ns: ['string', ['0:00:00.000000001', null, '-1 day, 23:59:59.999999999']],
  });
  const long = "{'d': pa.array([86400 * 3 + 3723, 86400 * 40000], pa.duration('s'))}";
  assert.deepEqual((await published(await projectOf(t, long))).d?.[1], ['3 days, 1:02:03', '40000 days, 0:00:00']);
});

test('times of nanoseconds are kept to the microsecond, and finer ones refused by their column', {
  skip,
}, async (t) => {
  const whole = "{'t': pa.array([3723000004000, None], pa.time64('ns'))}";
  assert.deepEqual(await published(await projectOf(t, whole)), { t: ['time64[us]', ['3723000004', null]] });
  const finer = await projectOf(t, "{'t': pa.array([3723000004000, 1], pa.time64('ns'))}");
  const { code, stderr } = await finer.tellHere('raw');
  assert.equal(code, 1);
  assert.match(stderr, /ING_BAD_VALUE.*column "t" has times finer than a microsecond/);
});

test('decimals of more than 38 digits are refused by their column, also within others', { skip }, async (t) => {
  const decimal = "pa.array([decimal.Decimal('1.10')], pa.decimal256(50, 2))";
  for (const columns of [`{'d': ${decimal}}`, `{'outer': pa.StructArray.from_arrays([${decimal}], ['d'])}`]) {
    const { code, stderr } = await (await projectOf(t, columns)).tellHere('raw');
    assert.equal(code, 1);
    assert.match(stderr, /ING_BAD_VALUE.*column "d" is a decimal of 50 digits/);
  }
  const most = "{'d': pa.array([decimal.Decimal('1.10')], pa.decimal128(38, 2))}";
  assert.deepEqual(await published(await projectOf(t, most)), { d: ['decimal128(38, 2)', ['1.10']] });
});

test('a previous version gives its instants back whole', { skip }, async (t) => {
  const project = await projectOf(t, `{'t': ${INSTANTS}}`);
  await published(project);
  await project.template('raw', {
    source: { type: 'local_file', path: 'in.parquet' },
    file_format: { type: 'parquet' },
    processing_steps: [{ name: 'append_prev', args: {} }],
  });
  const { code, stderr } = await project.tellHere('raw', { version: 'v2' });
  assert.equal(code, 0, stderr);
  const file = path.join(project.storeDir, 'ingest/raw/v2/raw/raw.parquet');
  const values = await python("print(pq.read_table(sys.argv[1])['t'].cast('int64').to_pylist())", file);
  assert.equal(values.trim(), '[1706696430123456789, None, -1, 1706696430123456789, None, -1]');
});
