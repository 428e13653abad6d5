import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { type Around, type Crafted, craftZip } from '../../test/fixtures/crafted-zip.ts';
import { BOTH_PARTS, leavesOut } from '../../test/second-part.ts';
import type { LifecycleError } from '../errors.ts';
import { type Reporter, silentReporter } from '../report.ts';
import { extractZip, listZip, readZip } from './archive.ts';

let dir = '';
let count = 0;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-archive-kinds-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function fileOf(entries: readonly Crafted[], around?: Around): Promise<string> {
  const file = path.join(dir, `${++count}.zip`);
  await writeFile(file, craftZip(entries, around));
  return file;
}

/** What comes out of an archive by each of the three ways, and the warnings. */
async function contents(file: string): Promise<{ texts: Record<string, string>; warnings: string[] }> {
  const warnings: string[] = [];
  const reporter: Reporter = {
    ...silentReporter,
    log: (level, message) => void (level === 'warning' && warnings.push(message)),
  };
  const into = path.join(dir, `out-${++count}`);
  const names = await extractZip(file, into, { reporter });
  const texts: Record<string, string> = {};
  for (const name of names) texts[name] = await readFile(path.join(into, name), 'utf8');
  assert.deepEqual(
    (await listZip(file)).filter(({ isDirectory }) => !isDirectory).map(({ name }) => name),
    names,
  );
  await readZip(file, async (zip) => {
    for (const name of names) {
      let text = '';
      for await (const chunk of zip.read(name)) text += chunk.toString();
      assert.equal(text, texts[name]);
    }
  });
  await extractZip(file, path.join(dir, `out-${++count}`), { reporter });
  return { texts, warnings };
}

const TWO: readonly Crafted[] = [
  { name: 'a.csv', data: 'a,b\n1,2\n' },
  { name: 'sub/b.txt', data: 'x'.repeat(200_000), describedBehind: true },
];
const TEXTS = { 'a.csv': 'a,b\n1,2\n', 'sub/b.txt': 'x'.repeat(200_000) };

describe('archives of all kinds', () => {
  it('bytes before and behind are passed over, and told of once', async (t) => {
    leavesOut(t, 'archives of both kinds with a comment and without');
    const long = 'made by PK\x05\x06 somebody';
    for (const is64 of [false, true]) {
      for (const comment of BOTH_PARTS ? ['', long] : [is64 ? long : '']) {
        for (const behind of ['', '\r\n', '\0'.repeat(512), ' '.repeat(60_000), '<!-- cached -->', 'PK\x05\x06']) {
          const { texts, warnings } = await contents(await fileOf(TWO, { behind, is64, comment }));
          assert.deepEqual(texts, TEXTS);
          assert.equal(warnings.length, behind === '' ? 0 : 1, JSON.stringify(behind.slice(0, 9)));
          if (behind) assert.match(warnings[0]!, new RegExp(`${behind.length} bytes behind the archive`));
        }
        for (const countsFromFile of [false, true]) {
          const around = { before: `MZ${'\0'.repeat(70_000)}`, behind: '\n', is64, comment, countsFromFile };
          const { texts, warnings } = await contents(await fileOf(TWO, around));
          assert.deepEqual(texts, TEXTS);
          assert.match(
            warnings.join(),
            countsFromFile ? /1 bytes behind/ : /70002 bytes before the archive and 1 bytes/,
          );
        }
      }
    }
  });

  it('an archive without entries has none, whatever stands around it', async () => {
    for (const around of [{}, { behind: '\r\n' }, { before: 'x' }, { is64: true }]) {
      assert.deepEqual(await listZip(await fileOf([], around)), []);
    }
  });

  it('what is cut off is still damaged', async () => {
    const whole = craftZip(TWO);
    for (const length of [0, 10, 100, whole.length - 60, whole.length - 21, whole.length - 1]) {
      const file = path.join(dir, `${++count}.zip`);
      await writeFile(file, whole.subarray(0, length));
      await assert.rejects(listZip(file), { code: 'SRC_ARCHIVE_CORRUPT' }, `${length} bytes`);
    }
  });

  it('reads every method that is in use, and names those that it cannot', async () => {
    const data = 'id,name\n'.repeat(20);
    for (const [method, packed] of [
      [0, Buffer.from(data)],
      [93, zstdCompressSync(data)],
      [20, zstdCompressSync(data)],
      // One block of 160 bytes as they are.
      [9, Buffer.concat([Buffer.from([1, 160, 0, 95, 255]), Buffer.from(data)])],
      // What Python makes of it.
      [12, Buffer.from('QlpoOTFBWSZTWRJPM+gAADvRAAAQAAQmIyAAMQwICpQ0ephGEUjxFI6RSKR8XckU4UJASTzPoA==', 'base64')],
      [14, Buffer.from('CQQFAF0AAIAAADSZAYWBkuq34QG9oDIr///v3QAA', 'base64')],
      [
        95,
        Buffer.from(
          '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ACfAA9dADSZAYWBkuq34QG9feAAAAAANRApVfAwBZkAASugAQAAANvZpWaxxGf7AgAAAAAEWVo=',
          'base64',
        ),
      ],
    ] as const) {
      assert.deepEqual((await contents(await fileOf([{ name: 'a.csv', data, packed, method }]))).texts, {
        'a.csv': data,
      });
    }
    for (const [method, name] of [
      [1, 'Shrink'],
      [6, 'Implode'],
      [97, 'WavPack'],
      [98, 'PPMd'],
      [99, 'AES'],
      [777, 'a method that is not known'],
    ] as const) {
      const file = await fileOf([{ name: 'a.csv', method }, { name: 'b.csv' }]);
      await assert.rejects(extractZip(file, path.join(dir, `out-${++count}`)), (error: LifecycleError) => {
        assert.equal(error.code, 'SRC_ARCHIVE_METHOD');
        assert.match(error.message, new RegExp(`"a.csv" is packed by ${name} \\(method ${method}\\)`));
        assert.doesNotMatch(error.message, /corrupt|damaged/);
        return true;
      });
      const only = { only: (wanted: string) => wanted === 'b.csv' };
      assert.deepEqual(await extractZip(file, path.join(dir, `out-${++count}`), only), ['b.csv']);
    }
  });

  it('one part of several is said to be one', async () => {
    const file = path.join(dir, `${++count}.zip`);
    const bytes = craftZip(TWO);
    bytes.writeUInt16LE(1, bytes.length - 18);
    await writeFile(file, bytes);
    await assert.rejects(listZip(file), { code: 'SRC_ARCHIVE_METHOD', message: /one of several parts/ });
  });

  it('data that are broken in a method are damage', async () => {
    for (const [method, packed] of [
      [9, Buffer.from([1, 160, 0, 95])],
      [9, Buffer.from([7])],
      [93, Buffer.from('no zstd')],
      [93, zstdCompressSync('x'.repeat(500)).subarray(0, 10)],
      [8, Buffer.from('no deflate')],
      [12, Buffer.from('no bzip2')],
      [14, Buffer.from('no LZMA at all')],
      [14, Buffer.from([9, 4, 5, 0, 0x5d, 0, 0, 0, 1, 0, 1, 2])],
      [95, Buffer.from('no xz')],
    ] as const) {
      const file = await fileOf([{ name: 'a.csv', data: 'x'.repeat(500), packed, method }]);
      await assert.rejects(extractZip(file, path.join(dir, `out-${++count}`)), { code: 'SRC_ARCHIVE_CORRUPT' });
    }
  });

  it('leaves out what file managers put beside the files', async () => {
    const file = await fileOf([
      ...TWO,
      { name: '__MACOSX/', data: '' },
      { name: '__MACOSX/._a.csv' },
      { name: '__MACOSX/sub/._b.txt' },
      { name: '._a.csv' },
      { name: '.DS_Store' },
      { name: 'sub/.DS_Store' },
      { name: 'sub/Thumbs.db' },
      { name: 'desktop.ini' },
    ]);
    assert.deepEqual((await contents(file)).texts, TEXTS);
    const similar = ['.a.csv', 'DS_Store', 'a.__MACOSX', 'x/__MACOSX.csv', '_.csv'].map((name) => ({ name }));
    assert.deepEqual(
      Object.keys((await contents(await fileOf(similar))).texts),
      similar.map(({ name }) => name),
    );
  });

  it('reads names in UTF-8 where the flag says so, else in code page 437', async () => {
    const names = [
      { name: 'Café.csv', flags: 0x800 },
      { name: Buffer.from([0x53, 0x81, 0x64, 0x2e, 0x63, 0x73, 0x76]) },
    ];
    assert.deepEqual(Object.keys((await contents(await fileOf(names))).texts), ['Café.csv', 'Süd.csv']);
  });
});
