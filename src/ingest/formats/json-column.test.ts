import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { randomly } from '../../../test/fixtures/random.ts';
import { Engine } from '../../engine/engine.ts';
import { selectOf } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import type { Treatment } from './json-column.ts';
import { gathered } from './json-table.ts';
import { numberInText } from './json-values.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';
import { pythonFloat } from './python-json.ts';
import { Float, type Value } from './values.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'lifecycle-json-column-'));
const engine = await Engine.open({ venvDir: workDir, temporaryDir: workDir });
after(() => {
  engine.close();
  rmSync(workDir, { recursive: true });
});
const context = { engine, workDir, bounds: DEFAULT_READ_LIMITS } as unknown as FormatContext;

/** The column of values that come one by one. */
async function columnOf(values: readonly Value[], treatment: Treatment): Promise<unknown[]> {
  try {
    const table = await gathered(
      context,
      () => treatment,
      async (table) => {
        const place = table.place('a');
        for (const value of values) {
          // As the reader hands on texts that read as they are written.
          const bytes = typeof value === 'string' && value.length % 2 === 0 ? Buffer.from(`"${value}"`) : undefined;
          if (bytes) table.columns[place]!.putBytes(bytes, 1, bytes.length - 1);
          else table.columns[place]!.put(value);
          table.endRow();
        }
        return true;
      },
    );
    const relation = table!.relation();
    const rows = await engine.rows(selectOf(relation));
    return [relation.columns[0]!.type, ...rows.map(({ c0 }) => c0)];
  } catch (error) {
    return [(error as { code?: string }).code];
  }
}

/** What read_json makes of a column, seen whole. */
function withNumbers(values: readonly Value[]): readonly Value[] {
  const present = values.filter((value) => value !== null);
  const all = (test: (value: Value) => boolean) => present.every(test);
  if (present.length === 0 || (present.length === values.length && all((value) => typeof value === 'boolean')))
    return values;
  const numbers = values.map((value) => (typeof value === 'string' ? numberInText(value) : value));
  if (numbers.includes(undefined)) return values;
  const doubles = numbers.map((value) => {
    const number = value instanceof Float ? value.value : Number(value);
    return value === null || Number.isNaN(number) ? null : number;
  });
  if (all((value) => typeof value === 'number' || typeof value === 'bigint')) {
    const fit = all((value) => Number(value) >= 0) || doubles.every((x) => x === null || x < 2 ** 63);
    if (fit) return values;
    return doubles.map((x) => (x === null ? null : new Float(x)));
  }
  const isWhole = doubles.every((x) => x !== null && Number.isInteger(x) && Math.abs(x) < 2 ** 63);
  const written = all((value) => typeof value === 'string') && present.some((text) => /[.einf]/i.test(text as string));
  return doubles.map((x) => (x === null ? null : isWhole && !written ? BigInt(x) : new Float(x)));
}

function asText(values: readonly Value[]): readonly Value[] {
  const present = values.filter((value) => value !== null);
  const numbers = present.every((value) => typeof value !== 'string' && typeof value !== 'boolean');
  const doubles = numbers && (present.length < values.length || present.some((value) => value instanceof Float));
  return values.map((value) => {
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (value instanceof Float) return pythonFloat(value.value);
    return doubles ? pythonFloat(Number(value)) : String(value);
  });
}

const POOL: readonly (readonly Value[])[] = [
  [0, 1, -5, 123456789],
  [2n ** 53n + 1n, -(2n ** 62n)],
  [2n ** 63n, 2n ** 64n - 1n],
  [2n ** 64n, 7],
  [new Float(1), new Float(2.5), new Float(-0.25), new Float(1e300)],
  [new Float(Number.POSITIVE_INFINITY)],
  [true, false],
  ['1', '007', '12', ' 8 ', '+3', '-4'],
  ['1.0', '2.5', '1e3', '.5', '7.'],
  ['12345678901234567890', '999999999999999', '1000000000000000'],
  ['inf', '-Infinity', 'nan', 'NaN'],
  ['x', '', 'é', 'infant', '1,000', '0x10', '١'],
  [null],
];

test('values that come one by one make the columns that all of them make together', async () => {
  const random = randomly(7);
  const types = new Set<unknown>();
  for (let i = 0; i < 600; i++) {
    const pools = Array.from({ length: 1 + random(3) }, () => POOL[random(POOL.length)]!);
    const values = Array.from({ length: 1 + random(6) }, () => {
      const pool = pools[random(pools.length)]!;
      return pool[random(pool.length)]!;
    });
    const name = values
      .map((value) => (value instanceof Float ? `${value.value}f` : `${typeof value} ${value}`))
      .join();
    const found = await columnOf(values, 'numbers');
    assert.deepEqual(found, await columnOf(withNumbers(values), 'kept'), name);
    assert.deepEqual(await columnOf(values, 'text'), await columnOf(asText(values), 'kept'), name);
    types.add(found[0]);
  }
  assert.deepEqual(
    [...types].sort(),
    ['BIGINT', 'BOOLEAN', 'DOUBLE', 'ING_MIXED_TYPES', 'ING_NUMBER_TOO_LARGE', 'UBIGINT', 'VARCHAR'].sort(),
  );
});

test('half a character of UTF-16 is refused with its row', async () => {
  await assert.rejects(
    gathered(
      context,
      () => 'kept',
      async (table) => {
        for (const text of ['a', 'b\ud800']) {
          table.columns[table.place('a')]!.put(text);
          table.endRow();
        }
        return true;
      },
    ),
    { code: 'ING_BAD_VALUE', message: /row 2/ },
  );
});
