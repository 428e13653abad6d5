import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { ingestLarge, LARGE_ROWS } from './large-csv.ts';
import { IngestProject } from './project.ts';

/**
 * Fault row 43 in large files, which are read by another way than small ones: whatever stands far behind the rows that
 * were looked at first is read, or refused, just the same.
 */

const HEADER = 'id,name,n\n';
let usual = '';

before(() => {
  for (let i = 0; i < LARGE_ROWS; i++)
    usual += `${i},some text here ${i % 97} to make it longer and more of it so that few rows make a large file,${i % 1000}.5\n`;
});

/** Ingests the usual rows, `times` over, with an odd line behind them and one more row. */
async function ingest(test: TestContext, odd: string | Buffer, times = 1) {
  const project = await IngestProject.make(test);
  await project.template('raw');
  const parts = [HEADER, ...Array.from({ length: times }, () => usual), odd, '-1,last,0.5\n'];
  await project.write('raw.csv', Buffer.concat(parts.map((part) => Buffer.from(part))));
  return { project, outcome: await ingestLarge(test, project), rows: times * LARGE_ROWS };
}

async function isRead(test: TestContext, odd: string | Buffer, expected: unknown[][], times = 1): Promise<void> {
  const { project, outcome, rows } = await ingest(test, odd, times);
  assert.equal(outcome.code, 0, outcome.stderr);
  const tail = await project.query(`FROM FILE OFFSET ${rows}`, 'raw', 'v1');
  assert.deepEqual(
    tail.map((row) => Object.values(row)),
    [...expected, ['-1', 'last', 0.5]],
  );
}

async function isRefused(test: TestContext, odd: string, error: RegExp, times = 1): Promise<void> {
  const { project, outcome } = await ingest(test, odd, times);
  assert.equal(outcome.code, 1, `${JSON.stringify(odd)}: ${outcome.stdout}`);
  assert.match(outcome.stderr, error);
  assert.deepEqual(await project.list('ingest', 'raw'), []);
}

/** Of the larger files the first part of the tests takes those with the first odd rows and the last ones. */
function inPart<T>(test: TestContext, odds: readonly T[], times: number): readonly T[] {
  if (times === 1 || BOTH_PARTS) return odds;
  leavesOut(test, `${odds.length - 2} more kinds of odd rows`);
  return [odds[0]!, odds.at(-1)!];
}

for (const times of [1, 4]) {
  const size = times === 1 ? 'a large file' : `a file ${times} times as large`;
  test(`fault 43: ${size} and a surplus field, also an empty one or a word for no value, are refused by the line`, async (t) => {
    const odds = [
      ['7,x,2,NA\n', 4],
      ['7,x,2,"NA"\n', 4],
      ['7,x,2,\n', 4],
      ['7,x,2,NA,null\n', 5],
      ['7,x,2,y\n', 4],
    ] as const;
    for (const [odd, fields] of inPart(t, odds, times)) {
      const line = times * LARGE_ROWS + 2;
      const error = new RegExp(
        `error ING_RAGGED_ROW: line ${line} of the CSV file has ${fields} fields where 3 are expected\nhint: `,
      );
      await isRefused(t, odd, error, times);
    }
  });

  test(`fault 43: ${size} and odd quotes`, async (t) => {
    const odds: [string, unknown[][]][] = [
      ['7,"x"y,2\n', [['7', 'xy', 2]]],
      [
        '7, "x",2\n8,"x" ,2\n9,x"y,2\n',
        [
          ['7', ' "x"', 2],
          ['8', 'x ', 2],
          ['9', 'x"y', 2],
        ],
      ],
      ['"7","say ""x"", twice","2"\n', [['7', 'say "x", twice', 2]]],
      ['7,"two\r\nlines, in quotes",2\n', [['7', 'two\r\nlines, in quotes', 2]]],
    ];
    for (const [odd, expected] of inPart(t, odds, times)) await isRead(t, odd, expected, times);
  });
}

test('fault 43: a large file and a surplus word for no value, before more fields or behind a line break', async (t) => {
  const ragged = /error ING_RAGGED_ROW: line \d+ of the CSV file has \d fields where 3 are expected/;
  for (const odd of ['7,x,2,NA,\n', '7,"x",2,null,1\n', '7,x,2,"NA",1\n', '7,"two\nlines",2,NA\n'])
    await isRefused(t, odd, ragged);
});

test('fault 43: a large file and a quote that is never closed', (t) =>
  isRefused(t, '7,"x,2\n', /error ING_BAD_FILE: .*the CSV file ends inside a quoted field.*\nhint: .*quoting: 3/));

test('fault 43: a large file and short rows, blank lines and lines of blanks', (t) =>
  isRead(t, '7,x\n\n   \n8\n', [
    ['7', 'x', null],
    ['8', null, null],
  ]));

test('fault 43: a large file and other line ends', async (t) => {
  await isRead(t, '7,x,2\r\n', [['7', 'x', 2]]);
  await isRead(t, '7,x,2\r8,y,3\n', [
    ['7', 'x', 2],
    ['8', 'y', 3],
  ]);
});

test('fault 43: a large file and a NUL byte', (t) => isRead(t, '7,x\0y,2\n', [['7', 'x\0y', 2]]));

test('fault 43: a large file and a byte that is no UTF-8', async (t) => {
  const { outcome } = await ingest(t, Buffer.from('7,caf\xe9,2\n', 'latin1'));
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /error ING_BAD_ENCODING: .*\n( {2}cause: .*\n)*hint: .*encoding: latin-1/);
});

test('fault 43: a large file and a line of three megabytes', async (t) => {
  const long = 'y'.repeat(3_000_000);
  await isRead(t, `7,${long},2\n`, [['7', long, 2]]);
});
