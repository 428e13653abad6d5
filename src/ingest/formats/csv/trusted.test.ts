import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { csvTables, FIFTEENTH } from '../../../../test/fixtures/csv-tables.ts';
import { IN_SECOND_PART } from '../../../../test/second-part.ts';
import { LifecycleError } from '../../../errors.ts';
import { isBrokenAssumption } from '../../../relation/assumption.ts';

/** Large files that are read once by what their first rows are like, beside the tokenizer over the same bytes. */

const { table, said } = await csvTables();
const REWRITTEN = 'debug the CSV file is rewritten first';
/** No file holds it, and the tokenizer is needed to look for it. */
const EXACT = { comment: '\u0001' };
const PADDING = 'and more of it, so that few rows make a large file'.repeat(2);

let seed = 3;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) % below;
}
const orGap = (text: string | number) => (random(9) === 0 ? ['', 'NA', 'null'][random(3)] : text);

const day = (i: number) => new Date(Date.UTC(2010, 0, 1 + (i % 5000))).toISOString().slice(0, 10);
const HEADER = 'id,whole,decimal,day,text,truth,last';

/** Of two tables; whole ones would be much to print. */
function firstDifference(one: unknown, other: unknown): unknown {
  const [a, b] = [one, other].map((each) => (Array.isArray(each) ? each.map((row) => JSON.stringify(row)) : [each]));
  const at = a!.findIndex((row, i) => row !== b![i]);
  return at === -1 && a!.length === b!.length ? undefined : { at, one: a![at], other: b![at] };
}

const DECLARED = {
  dtype: { whole: 'Int64', decimal: 'float64', truth: 'bool', last: 'float32' },
  parse_dates: ['day'],
};

for (const { rows, sizes, skip } of [
  { rows: 4_000, sizes: FIFTEENTH, skip: false },
  { rows: 60_000, sizes: {}, skip: IN_SECOND_PART },
])
  suite(`large files of ${rows} rows`, { skip }, () => {
    const lines = Array.from(
      { length: rows },
      (_, i) =>
        `${i},${orGap(random(1e6))},${orGap(random(1e6) / 64)},${day(i)},"some text, ${i % 97} ${PADDING}",${i % 2 ? 'true' : 'false'},${random(1e9)}.${random(1e4)}`,
    );
    const file = (...late: string[]) => `${[HEADER, ...lines, ...late].join('\n')}\n`;

    async function outcome(text: string, options: Record<string, unknown>, trustSample: boolean): Promise<unknown> {
      return table(text, options, 'file.csv', { trustSample, ...sizes }).catch((error: unknown) => {
        if (error instanceof LifecycleError) return error.code;
        throw error;
      });
    }

    async function byFirstRows(text: string, options: Record<string, unknown>) {
      said.length = 0;
      const how = (otherwise: string) => (said.includes(REWRITTEN) ? 'rewritten' : otherwise);
      try {
        const result = await table(text, options, 'file.csv', sizes);
        return { how: how('once'), result };
      } catch (error) {
        if (!isBrokenAssumption(error)) throw error;
      }
      const result = await outcome(text, options, false);
      return { how: how('looked'), result };
    }

    async function agree(text: string, options: Record<string, unknown> = {}): Promise<string> {
      assert.ok(text.length > (sizes.lookThroughBytes ?? 8 * 2 ** 20), `${text.length}`);
      const { how, result } = await byFirstRows(text, options);
      assert.deepEqual(firstDifference(result, await outcome(text, { ...options, ...EXACT }, false)), undefined);
      return how;
    }

    test('types that are found, and those that are declared', async () => {
      assert.equal(await agree(file()), 'once');
      assert.equal(await agree(file(), DECLARED), 'once');
      assert.equal(
        await agree(file(), { keep_default_na: false, parse_dates: ['day'], date_format: '%Y-%m-%d' }),
        'once',
      );
      const spelled = file('7,"1,5",1,2020-01-01,x,true,"1,000.5"').replaceAll('.', '|');
      assert.equal(await agree(spelled, { thousands: ',', decimal: '|' }), 'once');
    });

    test('a later row that is something else', async () => {
      const LATE: [string, Record<string, unknown>][] = [
        ['7,1.0,1,2020-01-01,x,1,1', DECLARED],
        ['7,1,1,1.2.2020,x,true,1', DECLARED],
        ['7,1.5,1_0,2020-01-01,x,perhaps,1e999', {}],
      ];
      for (const [row, options] of LATE) assert.equal(await agree(file(row), options), 'looked', row);
    });

    test('rows that are short or blank, and line breaks in quotes', async () => {
      assert.equal(await agree(file('7', '', '8,1')), 'once');
      assert.equal(await agree(file('7', '   ', '8,1')), 'rewritten');
      assert.equal(await agree(`${HEADER}\n7,1,1,2020-01-01,"a\n\nb",true,1\n${lines.join('\n')}`), 'once');
      assert.equal(await agree(file('7,1,1,2020-01-01,"a\r\nb",true,')), 'looked');
    });
  });
