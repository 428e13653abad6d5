import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import type { LifecycleError } from '../errors.ts';
import { extractZip, listZip } from './archive.ts';
import { DEFAULT_LIMITS } from './limits.ts';

interface Crafted {
  name: string;
  data?: Buffer | string;
  /** Upper half of the external attributes: a Unix mode. */
  mode?: number;
  flags?: number;
  crc?: number;
  /** Declared unpacked size, if it lies. */
  declared?: number;
  /** Where the directory says that the entry begins. */
  offset?: number;
}

/** Writes a zip byte by byte, so that it can lie in every field. */
function craft(entries: readonly Crafted[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data = 'content', mode = 0o100644, flags = 0x800, crc, declared, offset: claimed } of entries) {
    const content = Buffer.from(data);
    const packed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(declared ?? content.length, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(claimed ?? offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), fields, tail, nameBytes]));
    bodies.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

let dir = '';
let count = 0;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-archive-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function zipOf(bytes: Buffer | readonly Crafted[]): Promise<{ file: string; into: string }> {
  const file = path.join(dir, `${++count}.zip`);
  await writeFile(file, Buffer.isBuffer(bytes) ? bytes : craft(bytes as readonly Crafted[]));
  return { file, into: path.join(dir, `${count}`) };
}

/** Asserts that extraction is refused and that nothing was written, inside or outside. */
async function refused(code: string, bytes: Buffer | readonly Crafted[], pattern = /./): Promise<void> {
  const { file, into } = await zipOf(bytes);
  await assert.rejects(extractZip(file, into), (error: LifecycleError) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    assert.ok(error.hint);
    return true;
  });
}

async function tree(into: string): Promise<string[]> {
  return (await readdir(into, { recursive: true })).sort();
}

describe('extractZip', () => {
  it('extracts all or what is asked for, and lists', async () => {
    const { file, into } = await zipOf([
      { name: 'nybb/', data: '', mode: 0o40755 },
      { name: 'nybb/nybb.shp', data: 'shape' },
      { name: 'nybb/nybb.dbf', data: 'a'.repeat(300_000) },
      { name: 'read me ü.txt' },
    ]);
    assert.deepEqual(await listZip(file), [
      { name: 'nybb/', bytes: 0, isDirectory: true },
      { name: 'nybb/nybb.shp', bytes: 5, isDirectory: false },
      { name: 'nybb/nybb.dbf', bytes: 300_000, isDirectory: false },
      { name: 'read me ü.txt', bytes: 7, isDirectory: false },
    ]);
    assert.deepEqual(await extractZip(file, into), ['nybb/nybb.shp', 'nybb/nybb.dbf', 'read me ü.txt']);
    assert.deepEqual(await tree(into), ['nybb', 'nybb/nybb.dbf', 'nybb/nybb.shp', 'read me ü.txt']);
    assert.equal(await readFile(path.join(into, 'nybb/nybb.shp'), 'utf8'), 'shape');
    const part = `${into}-part`;
    assert.deepEqual(await extractZip(file, part, { only: (name) => name.startsWith('nybb/') }), [
      'nybb/nybb.shp',
      'nybb/nybb.dbf',
    ]);
    assert.deepEqual(await tree(part), ['nybb', 'nybb/nybb.dbf', 'nybb/nybb.shp']);
  });

  it('an empty archive has nothing to extract', async () => {
    const { file, into } = await zipOf([]);
    assert.deepEqual(await extractZip(file, into), []);
  });

  it('fault 33: refuses a wrong CRC, a cut directory, cut data, lying sizes and what is no zip', async () => {
    await refused('SRC_ARCHIVE_CORRUPT', [{ name: 'a.txt', crc: 1 }], /CRC of "a\.txt"/);
    const whole = craft([{ name: 'a.txt', data: 'a'.repeat(1000) }, { name: 'b.txt' }]);
    await refused('SRC_ARCHIVE_CORRUPT', whole.subarray(0, -10));
    await refused('SRC_ARCHIVE_CORRUPT', Buffer.concat([whole.subarray(0, 40), whole.subarray(80)]));
    await refused('SRC_ARCHIVE_CORRUPT', Buffer.from('id,name\n1,a\n'));
    await refused('SRC_ARCHIVE_CORRUPT', Buffer.alloc(0));
    await refused('SRC_ARCHIVE_CORRUPT', [{ name: 'a.txt', data: 'a'.repeat(5000), declared: 10 }]);
    await refused('SRC_ARCHIVE_CORRUPT', [{ name: 'a.txt', data: 'a', declared: 5000 }]);
  });

  it('fault 34: refuses names that lead elsewhere, and accepts `..foo.txt`', async () => {
    const names = ['../a', 'x/../../a', '..', 'x/..', '/etc/a', 'C:/a', 'c:a', '..\\a', 'x\\a', 'a\0.txt', 'a\n', ''];
    for (const name of names) {
      await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'fine.txt' }, { name }]);
    }
    assert.ok(!(await readdir(dir)).includes('a'));
    const { file, into } = await zipOf([{ name: '..foo.txt' }, { name: './x/...' }, { name: 'a..b/c' }]);
    await extractZip(file, into);
    assert.deepEqual(await tree(into), ['..foo.txt', 'a..b', 'a..b/c', 'x', 'x/...']);
  });

  it('fault 35: refuses links and devices, and does not write through a link that is already there', async () => {
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'link', data: '/etc', mode: 0o120777 }], /symbolic link/);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'pipe', mode: 0o010644 }]);
    const { file, into } = await zipOf([{ name: 'a.txt' }]);
    await extractZip(file, into, { only: () => false });
    const victim = path.join(dir, 'victim');
    await writeFile(victim, 'untouched');
    const other = await mkdtemp(path.join(dir, 'linked-'));
    await symlink(victim, path.join(other, 'a.txt'));
    await assert.rejects(extractZip(file, other), { code: 'STO_WRITE_FAILED' });
    assert.equal(await readFile(victim, 'utf8'), 'untouched');
  });

  it('fault 36: refuses bombs by ratio, size, entry count and overlap; a nested zip stays packed', async () => {
    const zeros = Buffer.alloc(DEFAULT_LIMITS.harmlessBytes + 1);
    await refused('SRC_ARCHIVE_TOO_LARGE', [{ name: 'zeros', data: zeros }], /300 times/);
    const { file, into } = await zipOf([
      { name: 'a' },
      { name: 'b' },
      { name: 'nested.zip', data: craft([{ name: 'x' }]) },
    ]);
    await assert.rejects(extractZip(file, into, { limits: { entries: 2 } }), { code: 'SRC_ARCHIVE_TOO_LARGE' });
    await assert.rejects(listZip(file, { totalBytes: 10 }), { code: 'SRC_ARCHIVE_TOO_LARGE' });
    await extractZip(file, into);
    assert.deepEqual(await tree(into), ['a', 'b', 'nested.zip']);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'a' }, { name: 'b', offset: 0 }], /overlaps/);
    // Sizes are declared small and unpack large.
    await refused('SRC_ARCHIVE_CORRUPT', [{ name: 'zeros', data: zeros, declared: 100 }]);
  });

  it('fault 37: refuses names that differ by case or Unicode form only, twins, and files that are directories', async () => {
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'A.txt' }, { name: 'a.TXT' }], /case/);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'é.txt' }, { name: 'e\u0301.txt' }]);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'a.txt' }, { name: 'a.txt' }], /twice/);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'a' }, { name: 'a/b' }], /directory/);
    await refused('SRC_ARCHIVE_UNSAFE', [{ name: 'a/', data: '' }, { name: 'a' }], /directory/);
  });

  it('fault 38: refuses an encrypted file when it is wanted', async () => {
    const entries = [{ name: 'a.txt' }, { name: 'secret.txt', flags: 0x801 }];
    await refused('SRC_ARCHIVE_ENCRYPTED', entries, /secret\.txt/);
    const { file, into } = await zipOf(entries);
    assert.deepEqual(await extractZip(file, into, { only: (name) => name === 'a.txt' }), ['a.txt']);
  });

  it('stops when told to', async () => {
    const { file, into } = await zipOf([{ name: 'a.txt' }]);
    await assert.rejects(extractZip(file, into, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});
