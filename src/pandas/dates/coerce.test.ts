import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { casesOf } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { overTable, selectOf } from '../../relation/relation.ts';
import { type OnBadValue, parseDateColumn, toTimestamps } from './coerce.ts';

/** What pandas' `to_datetime` makes of columns, the first value of which gives the shape of all. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-dates-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

type Texts = readonly (string | null)[];

async function columnOf(values: readonly string[], type: string) {
  const rows = values.map((value) => `(CAST(${value} AS ${type}))`);
  const table = await engine.materialize(`SELECT c0 FROM (VALUES ${rows.join(', ')}) AS v(c0)`);
  return overTable(table, [{ name: 'd', type }]);
}

const textColumn = (texts: Texts) =>
  columnOf(
    texts.map((text) => (text === null ? 'NULL' : literal(text))),
    'VARCHAR',
  );

/** The type and the moments that texts become. */
async function dated(texts: Texts, onBad: OnBadValue, zone?: 'instant' | 'local'): Promise<unknown[]> {
  const relation = await toTimestamps(engine, await textColumn(texts), 'd', onBad, zone);
  const rows = await engine.rows(selectOf(relation));
  return [relation.columns[0]!.type, ...rows.map((row) => row.c0)];
}

async function parses(texts: Texts, ...moments: (string | null)[]): Promise<void> {
  const expected = ['TIMESTAMP', ...moments];
  assert.deepEqual(await dated(texts, 'raise'), expected, JSON.stringify(texts));
  assert.deepEqual(await dated(texts, 'coerce'), expected, JSON.stringify(texts));
}

/** The last text does not fit the first: refused with its row and value, or a null where nulls are asked for. */
async function misfit(first: string, moment: string, last: string): Promise<void> {
  await assert.rejects(dated([first, null, last], 'raise'), (error: Error & { code: string; hint: string }) => {
    assert.equal(error.code, 'ING_BAD_VALUE', `${first} … ${last}`);
    assert.ok(error.message.includes('column "d"') && error.message.includes('row 3'), error.message);
    assert.ok(error.message.includes(JSON.stringify(last)), error.message);
    assert.match(error.hint, /errors: coerce/);
    return true;
  });
  assert.deepEqual(await dated([first, null, last], 'coerce'), ['TIMESTAMP', moment, null, null], `${first} … ${last}`);
}

const [SECOND, THIRD, NINTH] = ['2020-01-02 00:00:00', '2020-01-03 00:00:00', '2020-12-09 00:00:00'];

test('dates of one shape: year first, compact, a year or a month alone', async () => {
  await parses(['2020-01-02', null, '2020-01-03'], SECOND, null, THIRD);
  await parses(['2020/01/02', '2020/01/03'], SECOND, THIRD);
  await parses(['2020.01.02', '2020.01.03'], SECOND, THIRD);
  await parses(['20200102', '20200103'], SECOND, THIRD);
  await parses(['2020', '2021'], '2020-01-01 00:00:00', '2021-01-01 00:00:00');
  await parses(['2020-01', '2020-12'], '2020-01-01 00:00:00', '2020-12-01 00:00:00');
  await parses(
    ['1000-01-01', '9999-12-31', '0001-01-01'],
    '1000-01-01 00:00:00',
    '9999-12-31 00:00:00',
    '0001-01-01 00:00:00',
  );
});

test('month first, unless the first value can only be a day', async () => {
  for (const s of ['/', '-', '.']) {
    await parses([`1${s}2${s}2020`, `12${s}9${s}2020`], SECOND, NINTH);
    await parses([`31${s}12${s}2020`, `2${s}1${s}2020`], '2020-12-31 00:00:00', SECOND);
  }
  await misfit('12/31/2020', '2020-12-31 00:00:00', '31/12/2020');
});

test('months by name, long or short in any case', async () => {
  await parses(['January 2, 2020', 'december 9, 2020'], SECOND, NINTH);
  await parses(['Jan 2, 2020', 'DEC 9, 2020'], SECOND, NINTH);
  await parses(['Jan 2 2020', 'Dec 9 2020'], SECOND, NINTH);
  await parses(['2 January 2020', '9 December 2020'], SECOND, NINTH);
  await parses(['02-Jan-2020', '9-dec-2020'], SECOND, NINTH);
  // May is both; it is taken for the long form.
  await parses(['May 1, 2020', 'January 2, 2020'], '2020-05-01 00:00:00', SECOND);
  await misfit('May 1, 2020', '2020-05-01 00:00:00', 'Jan 2, 2020');
});

test('times behind dates: minutes, seconds, fractions, with a T or a blank', async () => {
  await parses(['2020-01-02T03:04:05', '2020-01-02T23:59:59'], '2020-01-02 03:04:05', '2020-01-02 23:59:59');
  await parses(['2020-01-02 03:04', '2020-01-02 00:00'], '2020-01-02 03:04:00', SECOND);
  await parses(
    ['2020-01-02 03:04:05.25', '2020-01-02 03:04:05.123456'],
    '2020-01-02 03:04:05.25',
    '2020-01-02 03:04:05.123456',
  );
  await parses(['1/2/2020 13:14', '1/2/2020 00:00'], '2020-01-02 13:14:00', SECOND);
  await parses(['20200102030405', '20200103000000'], '2020-01-02 03:04:05', THIRD);
  await parses(['20200102T030405', '20200103T000000'], '2020-01-02 03:04:05', THIRD);
});

test('leading zeros of months, days and hours come and go', async () => {
  await parses(['01/02/2020', '1/3/2020'], SECOND, THIRD);
  await parses(['2020-1-2', '2020-01-03', '2020-12-9'], SECOND, THIRD, NINTH);
  await parses(
    ['1/2/2020 13:14', '1/2/2020 3:04', '1/2/2020 0:00'],
    '2020-01-02 13:14:00',
    '2020-01-02 03:04:00',
    SECOND,
  );
  await parses(['2020-01-02 03:04:05', '2020-1-2 3:04:05'], '2020-01-02 03:04:05', '2020-01-02 03:04:05');
});

test('times of 12 hours give the shape where their hour is that of a clock of 24, as pandas guesses', async () => {
  await parses(
    ['01/31/2024 10:20:30 AM', '2/1/2024 1:02:03 pm', '02/01/2024 12:00:00 AM', '02/01/2024 12:00:00  PM'],
    ...['2024-01-31 10:20:30', '2024-02-01 13:02:03', '2024-02-01 00:00:00', '2024-02-01 12:00:00'],
  );
  await parses(['2024-01-31 12:30 PM', '2024-01-31 1:30 AM'], '2024-01-31 12:30:00', '2024-01-31 01:30:00');
  await parses(['31/01/2024 9 AM', '1/2/2024 11 PM'], '2024-01-31 09:00:00', '2024-02-01 23:00:00');
  await parses(['1/31/2024 9:05:06.5AM', '1/31/2024 9:05:06.25pm'], '2024-01-31 09:05:06.5', '2024-01-31 21:05:06.25');
  // In small letters it is a text that all values share.
  await parses(['1/31/2024 9:05 am', '2/1/2024 12:30 AM'], '2024-01-31 09:05:00', '2024-02-01 00:30:00');
  await misfit('1/31/2024 9:05 am', '2024-01-31 09:05:00', '1/31/2024 9:05 pm');
  await parses(['1/31/2024 12:05 pm', '2/1/2024 1:05 pm'], '2024-01-31 12:05:00', '2024-02-01 13:05:00');
  const [first, moment] = ['01/31/2024 10:20:30 AM', '2024-01-31 10:20:30'];
  for (const last of [
    '01/31/2024',
    '01/31/2024 10:20:30',
    '01/31/2024 13:00:00 PM',
    '01/31/2024 0:10:00 AM',
    '02/30/2024 10:00:00 AM',
  ])
    await misfit(first, moment, last);
  for (const last of [
    '01/31/2024 10:20:30AM',
    ' 01/31/2024 10:20:30 AM',
    '01/31/2024 10:20:30 a.m.',
    '01/31/2024 10:20 AM',
  ])
    await misfit(first, moment, last);
});

test('fractions beyond microseconds are kept', async () => {
  assert.deepEqual(await dated(['2020-01-02 03:04:05.1234567', null], 'raise'), [
    ...['TIMESTAMP_NS', '2020-01-02 03:04:05.1234567', null],
  ]);
});

test('whatever is not written like the first value is refused, or null', async () => {
  const [time, fraction] = ['2020-01-02 03:04:05', '2020-01-02 03:04:05.5'];
  await misfit('2020-01-02', SECOND, time);
  await misfit(time, time, '2020-01-02');
  await misfit(time, time, fraction);
  await misfit(fraction, fraction, time);
  await misfit('2020-01-02T03:04:05', time, time);
  await misfit('2020-01-02', SECOND, '2020/01/02');
  await misfit('1/2/2020', SECOND, '1-2-2020');
  await misfit('2020-01-02', SECOND, '1/2/2020');
  for (const junk of ['x', '20200102', '2020-01-02x', ' 2020-01-02', '-']) await misfit('2020-01-02', SECOND, junk);
});

test('dates that do not exist are refused, or null', async () => {
  for (const none of ['2020-02-30', '2021-02-29', '0000-00-00', '2020-13-01', '2020-00-01'])
    await misfit('2020-01-02', SECOND, none);
  await misfit('1/2/2020', SECOND, '2/29/2021');
  await misfit('2020-01-02 03:04', '2020-01-02 03:04:00', '2020-01-02 24:00');
  await assert.rejects(dated(['2020-02-30', '2020-01-02'], 'raise'), {
    code: 'ING_BAD_VALUE',
    message: /"2020-02-30"/,
  });
});

test('blanks around the first value are part of the shape', async () => {
  await parses([' 2020-01-02', ' 2020-01-03'], SECOND, THIRD);
  await parses(['2020-01-02 ', '2020-01-03  '], SECOND, THIRD);
  await parses([' Jan 2, 2020', ' Dec 9, 2020'], SECOND, NINTH);
  await misfit(' 2020-01-02', SECOND, '2020-01-03');
  await misfit('2020-01-02 ', SECOND, '2020-01-03');
});

test('empty text is no value, and the first one that is gives the shape', async () => {
  await parses(['', null, '2020-01-02', ''], null, null, SECOND, null);
  await parses([null, ''], null, null);
});

test('a first value without a shape leaves each value to itself', async () => {
  const loose = ['1/2/2020 1:02 PM', '2020-01-02', 'Jan 2, 2020', '20200102', '2020-01-02T03:04:05', '1/2/20'];
  await parses(loose, '2020-01-02 13:02:00', SECOND, SECOND, SECOND, '2020-01-02 03:04:05', SECOND);
  await parses(['0001-01-01', '1/2/2020'], '0001-01-01 00:00:00', SECOND);
  // So a junk first value makes a column more lenient.
  assert.deepEqual(await dated(['x', '2020-01-02', '1/2/2020', '2020-02-30'], 'coerce'), [
    ...['TIMESTAMP', null, SECOND, SECOND, null],
  ]);
  await assert.rejects(dated(['1/2/2020 1:02 PM', null, 'x'], 'raise'), {
    code: 'ING_BAD_VALUE',
    message: /row 3: "x" is no date/,
  });
  assert.deepEqual(await dated(['x', 'y'], 'coerce'), ['TIMESTAMP', null, null]);
});

test('a column may hold any number of different texts: none of them becomes a null for being one too many', async (t) => {
  // Several times as many as are parsed at once.
  const rows = casesOf(t, 170_000, 2_100_000);
  const texts = `strftime(TIMESTAMP '1970-01-01' + to_seconds(range * 331), '%m/%d/%Y %I:%M:%S %p')`;
  const table = await engine.materialize(`SELECT range AS c0, ${texts} AS c1 FROM range(${rows})`);
  const columns = [
    { name: 'id', type: 'BIGINT' },
    { name: 'd', type: 'VARCHAR' },
  ];
  const dates = await toTimestamps(engine, overTable(table, columns), 'd', 'raise');
  const [id, d] = dates.columns.map(({ expression }) => expression);
  const counts = await engine.row(
    `SELECT count(*) AS n, count(*) FILTER (${d} = TIMESTAMP '1970-01-01' + to_seconds(${id} * 331)) AS right FROM ${dates.from}`,
  );
  assert.deepEqual(counts, { n: String(rows), right: String(rows) });
});

test('what is no date among many spellings is told by its first row', async () => {
  const table = await engine.materialize(`SELECT '1/' || (range % 28 + 1) || '/20' AS c0 FROM range(200000)`);
  await engine.run(`UPDATE ${table} SET c0 = 'none ' || rowid WHERE rowid IN (150000, 130000, 190000)`);
  const relation = { ...overTable(table, [{ name: 'd', type: 'VARCHAR' }]), where: ["c0 <> '1/1/20'"] };
  const before = await engine.row(`SELECT count(*) AS row FROM ${table} WHERE c0 <> '1/1/20' AND rowid <= 130000`);
  await assert.rejects(toTimestamps(engine, relation, 'd', 'raise'), (error: Error) => {
    assert.ok(error.message.includes(`in row ${before.row}: "none 130000" is no date`), error.message);
    return true;
  });
});

test('one offset from UTC for all makes moments of UTC', async () => {
  const zoned = (...values: (string | null)[]) => ['TIMESTAMP WITH TIME ZONE', ...values];
  assert.deepEqual(await dated(['2020-01-02T03:04:05Z', '2020-01-02T03:04:06+00:00', null], 'raise'), [
    ...zoned('2020-01-02 03:04:05+00', '2020-01-02 03:04:06+00', null),
  ]);
  assert.deepEqual(await dated(['2020-01-02 03:04:05+0100', '2020-01-02 00:00:00+01:00'], 'raise'), [
    ...zoned('2020-01-02 02:04:05+00', '2020-01-01 23:00:00+00'),
  ]);
  assert.deepEqual(await dated(['2020-01-02 03:04:05 -0500'], 'raise'), zoned('2020-01-02 08:04:05+00'));
  assert.deepEqual(await dated(['2020-01-02 03:04:05 UTC'], 'raise'), zoned('2020-01-02 03:04:05+00'));
  assert.deepEqual(await dated(['x', '2020-01-02T03:04:05+01:00'], 'coerce'), zoned(null, '2020-01-02 02:04:05+00'));
});

test('the clock of a date with an offset is that of its place', async () => {
  for (const texts of [['2020-01-02T23:04:05-05:00'], ['x', '2020-01-02T23:04:05-05:00']])
    assert.deepEqual((await dated(texts, 'coerce', 'local')).slice(-1), ['2020-01-02 23:04:05']);
});

test('several offsets are refused even where nulls are asked for; what does not fit has none', async () => {
  const refused = {
    code: 'ING_BAD_VALUE',
    message: /several UTC offsets/,
    hint: /as text, or bring its values to UTC/,
  };
  const moment = '2020-01-02T03:04:05';
  for (const onBad of ['raise', 'coerce'] as const) {
    await assert.rejects(dated([`${moment}+01:00`, `${moment}+02:00`], onBad), refused);
    await assert.rejects(dated(['1/2/2020 1:02 PM', `${moment}Z`], onBad), refused);
  }
  assert.deepEqual(await dated([`${moment}Z`, '31-12-2020', `${moment}.5-0500`], 'coerce'), [
    ...['TIMESTAMP WITH TIME ZONE', '2020-01-02 03:04:05+00', null, null],
  ]);
});

test('numbers are nanoseconds since 1970, and truth values are no dates', async () => {
  const numbers = await toTimestamps(engine, await columnOf(['20200102', 'NULL'], 'BIGINT'), 'd', 'raise');
  assert.equal(numbers.columns[0]!.type, 'TIMESTAMP_NS');
  assert.deepEqual(
    (await engine.rows(selectOf(numbers))).map((row) => row.c0),
    ['1970-01-01 00:00:00.020200102', null],
  );
  const doubles = await toTimestamps(engine, await columnOf(['1.5', '1e300'], 'DOUBLE'), 'd', 'raise');
  assert.deepEqual(
    (await engine.rows(selectOf(doubles))).map((row) => row.c0),
    ['1970-01-01 00:00:00.000000001', null],
  );
  const large = await columnOf(['18446744073709551615'], 'UBIGINT');
  await assert.rejects(toTimestamps(engine, large, 'd', 'coerce'), { code: 'ING_BAD_VALUE' });
  const truth = await columnOf(['true', 'false'], 'BOOLEAN');
  await assert.rejects(toTimestamps(engine, truth, 'd', 'raise'), { code: 'ING_BAD_VALUE', message: /truth values/ });
  const none = await toTimestamps(engine, truth, 'd', 'coerce');
  assert.deepEqual(await engine.rows(selectOf(none)), [{ c0: null }, { c0: null }]);
});

test('timestamps stay as they are', async () => {
  const moments = await columnOf(["'2020-01-02 03:04:05'"], 'TIMESTAMP WITH TIME ZONE');
  assert.deepEqual(await toTimestamps(engine, moments, 'd', 'raise'), moments);
});

test('parse_dates of a CSV file leaves a column that is none of dates as text', async () => {
  const texts = await textColumn(['2020-01-02', 'x']);
  assert.deepEqual(await parseDateColumn(engine, texts, 'd'), texts);
  const parsed = await parseDateColumn(engine, await textColumn(['2020-01-02', '2020-01-03']), 'd');
  assert.equal(parsed.columns[0]!.type, 'TIMESTAMP');
});
