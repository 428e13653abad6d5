import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { literal } from '../../src/engine/sql.ts';
import { IngestProject, rowsOf } from './project.ts';

/** Fault row 43: CSV files as sources really give them, each read as pandas reads it, or refused with what to do. */

type Format = Record<string, unknown>;
interface Table {
  /** Names and types in order. */
  columns: [string, string][];
  rows: unknown[][];
}

async function ingest(test: TestContext, raw: string | Buffer, format: Format) {
  const project = await IngestProject.make(test);
  await project.template('raw', { file_format: { type: 'csv', ...format } });
  await project.write('raw.csv', raw);
  return { project, outcome: await project.tellHere('raw') };
}

/** The table that a CSV file becomes; whole numbers are texts in it, as JSON has no room for them. */
async function tableOf(test: TestContext, raw: string | Buffer, format: Format = {}): Promise<Table> {
  const { project, outcome } = await ingest(test, raw, format);
  assert.equal(outcome.code, 0, outcome.stderr);
  const file = path.join(project.storeDir, 'ingest/raw/v1/raw/raw.parquet');
  const from = `FROM read_parquet(${literal(file)})`;
  const described = await rowsOf(`DESCRIBE SELECT * ${from}`, project.dir);
  return {
    columns: described.map((column) => [String(column.column_name), String(column.column_type)]),
    rows: (await rowsOf(`SELECT * ${from}`, project.dir)).map((row) => Object.values(row)),
  };
}

async function isRefused(
  test: TestContext,
  raw: string | Buffer,
  format: Format,
  code: string,
  message: RegExp,
  hint: RegExp,
): Promise<void> {
  const { project, outcome } = await ingest(test, raw, format);
  assert.equal(outcome.code, 1, outcome.stderr);
  assert.equal(outcome.stdout, '');
  const lines = outcome.stderr.trim().split('\n');
  const error = lines.find((line) => line.startsWith('error ')) ?? '';
  assert.ok(error.startsWith(`error ${code}: `), outcome.stderr);
  assert.match(error, message);
  assert.match(lines.at(-1)!, new RegExp(`^hint: .*${hint.source}`));
  assert.deepEqual([await project.list('ingest', 'raw'), await project.list('.staging')], [[], []]);
}

const text = (...names: string[]): [string, string][] => names.map((name) => [name, 'VARCHAR']);

test('fault 43: a byte order mark is no part of the first name', async (t) => {
  const { columns, rows } = await tableOf(t, '\uFEFFname,n\ncafé,1\n');
  assert.deepEqual(columns, [
    ['name', 'VARCHAR'],
    ['n', 'BIGINT'],
  ]);
  assert.deepEqual(rows, [['café', '1']]);
});

test('fault 43: a byte order mark before a quoted name', async (t) => {
  assert.deepEqual(await tableOf(t, '\uFEFF"na,me",b\nx,y\n'), { columns: text('na,me', 'b'), rows: [['x', 'y']] });
});

test('fault 43: latin-1 without a word about it is refused, with it each byte is its character', async (t) => {
  const raw = Buffer.from('name,b\ncafé\u0085,x\n', 'latin1');
  await isRefused(t, raw, {}, 'ING_BAD_ENCODING', /not utf-8/, /encoding: latin-1/);
  assert.deepEqual((await tableOf(t, raw, { encoding: 'latin-1' })).rows, [['café\u0085', 'x']]);
});

test('fault 43: cp1252 has the euro and curly quotes where latin-1 has control characters', async (t) => {
  const raw = Buffer.concat([Buffer.from('name,b\n'), Buffer.from([0x93, 0x80, 0x94]), Buffer.from(',x\n')]);
  assert.deepEqual((await tableOf(t, raw, { encoding: 'cp1252' })).rows, [['“€”', 'x']]);
});

test('fault 43: UTF-16 of either byte order', async (t) => {
  const little = Buffer.from('\uFEFFname,n\ncafé 🗽,1\n', 'utf16le');
  for (const raw of [little, Buffer.from(little).swap16()])
    assert.deepEqual((await tableOf(t, raw, { encoding: 'utf-16' })).rows, [['café 🗽', '1']]);
  await isRefused(t, little, {}, 'ING_BAD_ENCODING', /not utf-8/, /encoding/);
});

test('fault 43: an encoding that nobody knows', (t) =>
  isRefused(t, 'a,b\n1,2\n', { encoding: 'klingon' }, 'ING_BAD_OPTION', /"klingon"/, /utf-8/));

test('fault 43: line breaks of every kind in quotes are kept, those of lines are not', async (t) => {
  const { columns, rows } = await tableOf(t, 'id,note\r\n1,"two\r\nlines"\r\n2,"a\nb"\r\n3,"a\rb"\r\n4,plain\r\n');
  assert.deepEqual(columns, [
    ['id', 'BIGINT'],
    ['note', 'VARCHAR'],
  ]);
  assert.deepEqual(rows, [
    ['1', 'two\r\nlines'],
    ['2', 'a\nb'],
    ['3', 'a\rb'],
    ['4', 'plain'],
  ]);
});

test('fault 43: lone carriage returns end lines, and so do several kinds of line ends in one file', async (t) => {
  assert.deepEqual((await tableOf(t, 'a,b\rx,1\ry,2\r')).rows, [
    ['x', '1'],
    ['y', '2'],
  ]);
  assert.deepEqual((await tableOf(t, 'a,b\r\nx,1\ny,2\r\rz,3')).rows, [
    ['x', '1'],
    ['y', '2'],
    ['z', '3'],
  ]);
});

test('fault 43: a row with more fields than those before it is refused by its line', async (t) => {
  for (const [row, found] of [
    ['3,4,5', 3],
    ['3,4,', 3],
    ['3,4,NA', 3],
    ['3,4,"",x', 4],
  ] as const) {
    const message = new RegExp(`line 3 of the CSV file has ${found} fields where 2 are expected`);
    await isRefused(t, `a,b\n1,2\n${row}\n5,6\n`, {}, 'ING_RAGGED_ROW', message, /delimiter/);
  }
});

test('fault 43: a row with fewer fields ends in nulls, blank lines are left out', async (t) => {
  const { columns, rows } = await tableOf(t, 'a,b,c\n1,x,2\n\n3\n   \n4,y\n,,\n');
  assert.deepEqual(columns, [
    ['a', 'DOUBLE'],
    ['b', 'VARCHAR'],
    ['c', 'DOUBLE'],
  ]);
  assert.deepEqual(rows, [
    [1, 'x', 2],
    [3, null, null],
    [4, 'y', null],
    [null, null, null],
  ]);
});

test('fault 43: surplus fields of the first row are surplus in all rows', async (t) => {
  assert.deepEqual(await tableOf(t, 'a,b\n1,x,\n2,y,\n3,z\n'), {
    columns: [
      ['a', 'BIGINT'],
      ['b', 'VARCHAR'],
    ],
    rows: [
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z'],
    ],
  });
});

test('fault 43: a line of five megabytes', async (t) => {
  const long = 'é,"x" '.repeat(750_000);
  const project = await IngestProject.make(t);
  await project.template('raw');
  await project.write('raw.csv', `id,note\n1,"${long.replaceAll('"', '""')}"\n2,short\n`);
  const { code, stderr } = await project.tellHere('raw');
  assert.equal(code, 0, stderr);
  const rows = await project.query(
    'SELECT id, length(note) AS length, md5(note) = md5($$'.concat(long, '$$) AS same FROM FILE'),
    'raw',
    'v1',
  );
  assert.deepEqual(rows, [
    { id: '1', length: String(long.length), same: true },
    { id: '2', length: '5', same: false },
  ]);
});

test('fault 43: names that repeat are numbered, those that are empty are told by their place', async (t) => {
  const { columns } = await tableOf(t, 'a,,a,a.1,a,,"a"\n1,2,3,4,5,6,7\n');
  assert.deepEqual(
    columns.map(([name]) => name),
    ['a', 'Unnamed: 1', 'a.2', 'a.1', 'a.3', 'Unnamed: 5', 'a.4'],
  );
});

test('fault 43: names that differ by case or blanks alone stay as they are', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('raw');
  await project.write('raw.csv', 'Name,name, name,NAME\n1,2,3,4\n');
  assert.equal((await project.tellHere('raw')).code, 0);
  const file = path.join(project.storeDir, 'ingest/raw/v1/raw/raw.parquet');
  const schema = await rowsOf(`SELECT name FROM parquet_schema(${literal(file)}) OFFSET 1`, project.dir);
  assert.deepEqual(
    schema.map((column) => column.name),
    ['Name', 'name', ' name', 'NAME'],
  );
});

test('fault 43: NUL bytes do not end a field, a line or the file', async (t) => {
  assert.deepEqual((await tableOf(t, 'a,b\nx\0y,1\nz,2\n')).rows, [
    ['x\0y', '1'],
    ['z', '2'],
  ]);
});

test('fault 43: leading zeros are kept where the template says text, and lost where it does not', async (t) => {
  const raw = 'zip,n\n00501,1\n10001,2\n';
  const asText = {
    columns: [
      ['zip', 'VARCHAR'],
      ['n', 'BIGINT'],
    ],
    rows: [
      ['00501', '1'],
      ['10001', '2'],
    ],
  };
  assert.deepEqual(await tableOf(t, raw, { dtype: { zip: 'str' } }), asText);
  assert.deepEqual((await tableOf(t, raw)).rows, [
    ['501', '1'],
    ['10001', '2'],
  ]);
  assert.deepEqual((await tableOf(t, raw, { dtype: 'str' })).columns, text('zip', 'n'));
});

test('fault 43: whole numbers above 2^53 are exact, beside a null only as text', async (t) => {
  const raw = 'a,b,c\n9007199254740993,9007199254740993,9007199254740993\n1,,\n';
  assert.deepEqual(await tableOf(t, raw, { dtype: { c: 'str' } }), {
    columns: [
      ['a', 'BIGINT'],
      ['b', 'DOUBLE'],
      ['c', 'VARCHAR'],
    ],
    rows: [
      ['9007199254740993', 9007199254740992, '9007199254740993'],
      ['1', null, null],
    ],
  });
});

test('fault 43: whole numbers beyond 64 bits are refused by their column, and read as text', async (t) => {
  const raw = 'a,b\n18446744073709551616,x\n1,y\n';
  await isRefused(t, raw, {}, 'ING_NUMBER_TOO_LARGE', /column "a"/, /dtype: \{a: str\}/);
  assert.equal((await tableOf(t, raw, { dtype: { a: 'str' } })).rows[0]![0], '18446744073709551616');
});

test('fault 43: the words for no value are nulls, quoted too, unless the template keeps them', async (t) => {
  const raw = 'agency,name\nNA,None\n"NA",none\nna,Null\nDOB, NA\n';
  assert.deepEqual((await tableOf(t, raw)).rows, [
    [null, null],
    [null, 'none'],
    ['na', 'Null'],
    ['DOB', ' NA'],
  ]);
  assert.deepEqual((await tableOf(t, raw, { keep_default_na: false })).rows.slice(0, 2), [
    ['NA', 'None'],
    ['NA', 'none'],
  ]);
});

test('fault 43: a header and no rows is a table without rows', async (t) => {
  for (const raw of ['a,b', 'a,b\n', 'a,b\r\n\r\n']) {
    const project = await IngestProject.make(t);
    await project.template('raw', { file_format: { type: 'csv', dtype: { b: 'str' } } });
    await project.write('raw.csv', raw);
    const { code, stdout, stderr } = await project.tellHere('raw');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^raw@v1: published, 0 rows, 2 columns/);
  }
});

test('fault 43: no rows and no header either is refused', async (t) => {
  await isRefused(t, '', {}, 'SRC_EMPTY', /raw\.csv is empty/, /browser/);
  for (const raw of ['\n\n', '\uFEFF'])
    await isRefused(t, raw, {}, 'ING_EMPTY_FILE', /not even a header/, /empty answer/);
});

test('fault 43: a quote that is never closed is refused, and read where quotes are ordinary', async (t) => {
  const raw = 'a,b\n1,"x\n2,y\n';
  await isRefused(t, raw, {}, 'ING_BAD_FILE', /inside a quoted field/, /quoting: 3/);
  assert.deepEqual((await tableOf(t, raw, { quoting: 3 })).rows, [
    ['1', '"x'],
    ['2', 'y'],
  ]);
});

test('fault 43: quotes where they do not belong are characters, as pandas has them', async (t) => {
  assert.deepEqual((await tableOf(t, 'a,b\n1,x"y\n2,"x"y\n3, "x"\n4,"x" \n5,"say ""x"""\n')).rows, [
    ['1', 'x"y'],
    ['2', 'xy'],
    ['3', ' "x"'],
    ['4', 'x '],
    ['5', 'say "x"'],
  ]);
});

test('fault 43: messages name the line of the file, headers, comments and lines in quotes counted', async (t) => {
  const raw = 'made by hand\na,b\n1,"two\nlines"\n\n2,x\nthree,y\n';
  const format = { skiprows: 1, dtype: { a: 'int' } };
  await isRefused(t, raw, format, 'ING_BAD_VALUE', /line 7 holds "three"/, /str/);
  await isRefused(t, 'a,b\n1,"x\ny"\n2,3,4\n', {}, 'ING_RAGGED_ROW', /line 4 .* 3 fields where 2/, /./);
  await isRefused(t, 'a,b\n1,"x\ny"\n2,"3\n4\n', {}, 'ING_BAD_FILE', /record that begins at line 4/, /line 4/);
});

test('fault 43: rows that a template leaves out are counted where people look', async (t) => {
  const project = await IngestProject.make(t);
  const source = { type: 'local_file', path: path.join(project.dir, 'raw.csv.bz2') };
  const file_format = { type: 'csv', sep: ';', decimal: ',', on_bad_lines: 'skip' };
  await project.template('raw', { source, file_format });
  // `a;b`, `1;1,5`, `2;3;4`, `3;2`, as bzip2 packs them.
  const packed = 'QlpoOTFBWSZTWTL5cvsAAAlZAAAQAAQ+CDAAIAAxADAhoT9InNholCh3vlwfF3JFOFCQMvly+w==';
  await writeFile(source.path, Buffer.from(packed, 'base64'));
  const { code, stderr } = await project.run(['ingest', 'raw', 'v1']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warning: 1 row of the CSV file has too many fields and is left out \(line 3\)/);
  const dir = path.join(project.storeDir, 'ingest/raw/v1');
  const record = JSON.parse(await readFile(path.join(dir, 'record.json'), 'utf8'));
  assert.deepEqual([record.datasets[0].rows_left_out, record.datasets[0].rows], [1, 2]);
  const rows = await rowsOf(`SELECT * FROM read_parquet(${literal(path.join(dir, 'raw/raw.parquet'))})`, project.dir);
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['1', 1.5],
      ['3', 2],
    ],
  );
});
