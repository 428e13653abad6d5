import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../test/fixtures/cpu-time.ts';
import { BOTH_PARTS, leavesOut } from '../../test/second-part.ts';
import { guessDateShape } from '../pandas/dates/guess.ts';
import { parseLeniently } from '../pandas/dates/lenient.ts';
import { checkPage } from './formats/html-bounds.ts';
import { pageText, readTables } from './formats/html-tables.ts';
import { numberInText } from './formats/json-values.ts';
import { DEFAULT_READ_LIMITS } from './formats/limits.ts';
import { parseJson } from './formats/python-json.ts';
import { BadCell, cellValue } from './formats/workbook/cell.ts';
import { meaningOf } from './formats/workbook/styles.ts';

/** Whatever looks at a text of a raw file takes time in proportion to it, also where the text is made to be slow. */

const LENGTH = BOTH_PARTS ? 200_000 : 66_000;
const long = (piece: string) => piece.repeat(Math.ceil(LENGTH / piece.length));
const PIECES = [
  '1',
  ' ',
  '1.',
  '[',
  '"',
  '-',
  '<',
  '\\',
  '\n',
  'T ',
  '1:',
  "<a b='",
  '<!--',
  '<meta ',
  '{"1":',
  '1 1 ',
  '<!---->',
];

const READERS: Record<string, (text: string) => unknown> = {
  guessDateShape,
  parseLeniently,
  meaningOf,
  numberInText,
  cellValue: (value) => {
    const context = { sharedStrings: [], styles: [], from1904: false };
    for (const type of ['n', 'b', 'd', 'str']) {
      try {
        cellValue({ type, style: 0, value, inline: undefined }, context);
      } catch (error) {
        assert.ok(error instanceof BadCell);
      }
    }
  },
  checkPage: (text) => checkPage(text, { ...DEFAULT_READ_LIMITS, pageNesting: LENGTH, attributes: LENGTH }),
  pageText: (text) => pageText(Buffer.from(text), undefined),
  parseJson: (text) => {
    for (const json of [text, JSON.stringify({ 1: text }), `{"1":"${text}`]) {
      try {
        parseJson(json);
      } catch {
        // What is no JSON is refused; here only the time counts.
      }
    }
  },
};

for (const [name, reader] of Object.entries(READERS)) {
  test(`${name} takes little time for what is made to take long`, (t) => {
    leavesOut(t, 'texts three times as long');
    for (const piece of PIECES) {
      for (const text of [long(piece), `${long(piece)}x`, `1${long(piece)}!`]) {
        const started = cpuTime();
        reader(text);
        const seconds = (cpuTime() - started) / 1000;
        assert.ok(seconds < LENGTH / 100_000, `${seconds.toFixed(1)} s for ${JSON.stringify(piece)}, again and again`);
      }
    }
  });
}

test('a page of unfinished tags, comments and quotes', async () => {
  for (const piece of ['<a ', '<!--', '<td', '<table', "<a b='"]) {
    const started = cpuTime();
    await readTables(`<table><tr><td>1</td></tr></table>${long(piece)}`).catch((error: unknown) => {
      assert.equal((error as { code?: string }).code, 'ING_LIMIT');
    });
    assert.ok(cpuTime() - started < 10_000, piece);
  }
});
