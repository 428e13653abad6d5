import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { randomly } from '../../../test/fixtures/random.ts';
import { Engine } from '../../engine/engine.ts';
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

/** What becomes of columns whose values come one by one, all of them equally many: their type and values, or a code. */
async function columnsOf(given: readonly (readonly [Treatment, readonly Value[]])[]): Promise<unknown[][]> {
  const table = await gathered(
    context,
    (name) => given[Number(name)]![0],
    async (table) => {
      for (const row of given[0]![1].keys()) {
        for (const [i, [, values]] of given.entries()) {
          const column = table.columns[table.place(String(i))]!;
          const value = values[row]!;
          // As the reader hands on texts that read as they are written.
          const bytes = typeof value === 'string' && value.length % 2 === 0 ? Buffer.from(`"${value}"`) : undefined;
          if (bytes) column.putBytes(bytes, 1, bytes.length - 1);
          else column.put(value);
        }
        table.endRow();
      }
      return true;
    },
  );
  const results = table!.columns.map((column) => {
    try {
      return column.result();
    } catch (error) {
      return (error as { code?: string }).code;
    }
  });
  const expressions = results.map((result) => (typeof result === 'object' ? result.expression : 'NULL'));
  const rows = await engine.rows(`SELECT * FROM ${table!.selected(expressions)}`);
  await table!.discard();
  return results.map((result, i) =>
    typeof result === 'object' ? [result.type, ...rows.map((row) => row[`c${i}`])] : [result],
  );
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
  const ofLength = Array.from({ length: 6 }, () => [] as Value[][]);
  for (let i = 0; i < 600; i++) {
    const pools = Array.from({ length: 1 + random(3) }, () => POOL[random(POOL.length)]!);
    const values = Array.from({ length: 1 + random(6) }, () => {
      const pool = pools[random(pools.length)]!;
      return pool[random(pool.length)]!;
    });
    ofLength[values.length - 1]!.push(values);
  }
  const types = new Set<unknown>();
  for (const all of ofLength) {
    const numbers = await columnsOf(all.map((values) => ['numbers', values]));
    const texts = await columnsOf(all.map((values) => ['text', values]));
    const wholeNumbers = await columnsOf(all.map((values) => ['kept', withNumbers(values)]));
    const wholeTexts = await columnsOf(all.map((values) => ['kept', asText(values)]));
    for (const [i, values] of all.entries()) {
      const name = values
        .map((value) => (value instanceof Float ? `${value.value}f` : `${typeof value} ${value}`))
        .join();
      assert.deepEqual(numbers[i], wholeNumbers[i], name);
      assert.deepEqual(texts[i], wholeTexts[i], name);
      types.add(numbers[i]![0]);
    }
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
