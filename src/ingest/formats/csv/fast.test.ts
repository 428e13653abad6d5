import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { csvTables, FIFTEENTH } from '../../../../test/fixtures/csv-tables.ts';
import { casesOf, IN_SECOND_PART } from '../../../../test/second-part.ts';
import { LifecycleError } from '../../../errors.ts';

/** Files that DuckDB reads in place of the tokenizer, beside the tokenizer over the same bytes. */

const { table, said } = await csvTables();

/** No file holds it, and the tokenizer is needed to look for it. */
const EXACT = { comment: '\u0001' };
const REWRITTEN = 'debug the CSV file is rewritten first';

let seed = 11;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) % below;
}
const oneOf = <T>(...items: T[]): T => items[random(items.length)]!;

async function outcome(...given: Parameters<typeof table>): Promise<unknown> {
  try {
    return await table(...given);
  } catch (error) {
    if (error instanceof LifecycleError) return error.code;
    throw error;
  }
}

/** Both ways give the same. @returns whether DuckDB read the file */
async function agree(bytes: string | Uint8Array, options: Record<string, unknown>, name?: string): Promise<boolean> {
  said.length = 0;
  const fast = await outcome(bytes, options, name);
  const isFast = !said.includes(REWRITTEN);
  const exact = await outcome(bytes, { ...options, ...EXACT }, name);
  assert.deepEqual(fast, exact, `${JSON.stringify(options)} ${JSON.stringify(String(bytes).slice(0, 400))}`);
  return isFast;
}

const REGULAR = [
  '1',
  '22',
  '-3',
  '1.5',
  '',
  'NA',
  'text',
  '"a,b"',
  '"say ""x"""',
  '"two\nlines"',
  'é',
  'x y',
  '"1,000"',
];
const ODD = ['x"y', '"q"z', ' "b"', '"c" ', '"\r\n"', '   ', '"'];

function rows(count: number, width: number, odd: number): string {
  const end = oneOf('\n', '\n', '\r\n');
  const lines = Array.from({ length: count }, () => {
    if (random(100) < odd) return oneOf('', '   ', 'surplus,'.repeat(width + 1));
    const fields = Array.from({ length: random(100) < odd ? 1 + random(width) : width }, () =>
      random(100) < odd ? oneOf(...ODD) : oneOf(...REGULAR),
    );
    return fields.join(',');
  });
  return [...lines, ''].join(end);
}
const header = (width: number) => ['a', 'b', 'c', 'd'].slice(0, width).join(',');

test('skiprows and nrows of random files', async (t) => {
  let fast = 0;
  const cases = casesOf(t, 25, 70);
  for (let i = 0; i < cases; i++) {
    const width = 2 + random(3);
    const odd = oneOf(0, 0, 4);
    const above = Array.from({ length: random(4) }, () => oneOf('Title', 'a,b', '', 'made by "us"', '   ')).join('\n');
    const text = `${above}${above && '\n'}${header(width)}\n${rows(random(9), width, odd)}`;
    const first = above === '' ? 0 : above.split('\n').length;
    const skiprows = oneOf<number | number[]>(first, first + random(2), [first + 1, first + 3], [0, 1], random(4));
    const nrows = oneOf<number | undefined>(undefined, random(6));
    const options = { skiprows, ...(nrows === undefined ? {} : { nrows }) };
    if (await agree(text, options)) fast++;
  }
  assert.ok(fast > cases / 5, `${fast} of them`);
});

test('files without a header, with all lines or some', async () => {
  for (const options of [{ nrows: 3 }, { skiprows: 1 }, { skiprows: [1], nrows: 2 }, { nrows: 0 }, { nrows: 99 }]) {
    const text = '1,"x\ny"\n2,y\n3,z\n4,"w"\n5,v';
    const hasQuotesAbove = 'skiprows' in options;
    assert.equal(await agree(text, { names: ['p', 'q'], ...options }), !hasQuotesAbove, JSON.stringify(options));
    assert.equal(await agree(text.replace('"x\ny"', 'x'), { names: ['p', 'q'], ...options }), true);
  }
});

test('lines are counted as records, so that quotes and blank lines among them are looked at', async () => {
  assert.equal(await agree('a,b\n1,"x\n\ny"\n2,z\n3,w\n', { nrows: 2 }), true);
  assert.equal(await agree('a,b\n1,x\n\n2,z\n3,w\n', { nrows: 2 }), false);
  assert.equal(await agree('a,b\n1,x"\n2,z"\n3,w\n', { nrows: 2 }), true);
  assert.equal(await agree('a,b\n5",x\n2,"y,z"\n3,"w"" "\n4,v\n', { skiprows: [2], nrows: 2 }), true);
  assert.equal(await agree('\ufeff"a",b\n"1,2",x\n2,y\n', { skiprows: [2], nrows: 1 }), true);
  assert.equal(await agree('a,b\n"1\n2",x\n2,y\n', { skiprows: [3] }), false);
  assert.equal(await agree('a,b\n1,x\n2,y,z\n', { nrows: 1 }), true);
  assert.equal(await agree('"x\n1"\na,b\n1,x\n', { skiprows: 1 }), false);
  assert.equal(await agree('x\ry\na,b\n1,x\n', { skiprows: 1 }), false);
  assert.equal(await agree('\ufefftitle\na,b\n1,x\n', { skiprows: 1 }), true);
  assert.equal(await agree('\ufeffa,b\n1,x\n2,y\n', { skiprows: [1] }), true);
});

test('other encodings and compressions', async (t) => {
  for (let i = casesOf(t, 3, 12); i > 0; i--) {
    const text = `${header(3)}\n${rows(40, 3, oneOf(0, 2))}`;
    const latin = Buffer.from(text, 'latin1');
    await agree(latin, { encoding: oneOf('latin-1', 'cp1252') });
    await agree(Buffer.from(`\ufeff${text}`, 'utf16le'), { encoding: 'utf-16' });
    await agree(gzipSync(text), {}, 'file.csv.gz');
    await agree(zstdCompressSync(latin), { encoding: 'latin-1', nrows: 30 }, 'file.csv.zst');
  }
  const regular = `${header(3)}\n1,é,2\n3,"x\ny",4\n`;
  assert.ok(await agree(Buffer.from(regular, 'latin1'), { encoding: 'cp1252' }));
  assert.ok(await agree(Buffer.from(regular, 'utf16le'), { encoding: 'utf-16-le' }));
  assert.ok(await agree(gzipSync(regular), { compression: 'gzip' }));
});

for (const { rows, sizes, skip } of [
  { rows: 26_000, sizes: FIFTEENTH, skip: false },
  { rows: 400_000, sizes: {}, skip: IN_SECOND_PART },
])
  test(`what is cut from a large file, of ${rows} rows`, { skip }, async () => {
    const lines = Array.from({ length: rows }, (_, i) => `${i},"text ${i % 97}",${i / 8}\n`);
    const large = `a title\nid,name,n\n${lines.join('')}`;
    assert.ok(large.length > (sizes.lookThroughBytes ?? 8 * 2 ** 20), `${large.length}`);
    const count = async (options: Record<string, unknown>) => {
      said.length = 0;
      const [columns, ...all] = await table(large, options, 'file.csv', sizes);
      assert.ok(!said.includes(REWRITTEN), JSON.stringify(options));
      assert.equal(columns, 'id:BIGINT name:VARCHAR n:DOUBLE');
      return [all.length, all[0], all.at(-1)];
    };
    const row = (i: number) => [`${i}`, `text ${i % 97}`, i / 8];
    assert.deepEqual(await count({ skiprows: 1 }), [rows, row(0), row(rows - 1)]);
    assert.deepEqual(await count({ skiprows: [0, 3, 5] }), [rows - 2, row(0), row(rows - 1)]);
    const nrows = rows - 999;
    assert.deepEqual(await count({ skiprows: 1, nrows }), [nrows, row(0), row(nrows - 1)]);
  });
