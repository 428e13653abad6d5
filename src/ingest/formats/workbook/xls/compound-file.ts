import { damaged, OtherVersion } from './faults.ts';

const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const HEADER_BYTES = 512;
const ENTRY_BYTES = 128;
const STREAM = 2;
/** Sectors in a row that the header names itself of those that hold the table of sectors. */
const LISTED_IN_HEADER = 109;
/** Numbers of sectors end here; those above say that there is none. */
const LAST_SECTOR = 0xfffffffa;

/** Sectors of one size, each with the number of the one that follows it. */
interface Sectors {
  bytes: Buffer;
  size: number;
  /** Where the first one begins. */
  origin: number;
  next: Uint32Array;
}

/** An entry of the directory: a stream, or a folder of them. */
interface Entry {
  name: string;
  type: number;
  siblings: [number, number];
  child: number;
  start: number;
  bytes: number;
}

/**
 * The bytes of a stream in the root folder of a compound file: a small file system in sectors, each of which says
 * where its stream goes on. A stream that lies in one stretch, as most do, is not copied.
 *
 * @param name in capitals; names ignore case
 * @throws OtherVersion where there is no such stream, LifecycleError ING_BAD_FILE where it is not whole
 */
export function streamOf(file: Buffer, name: string): Buffer {
  if (file.length < HEADER_BYTES || !file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
    throw new OtherVersion('no compound file');
  }
  const [shift, smallShift] = [file.readUInt16LE(30), file.readUInt16LE(32)];
  if ((shift !== 9 && shift !== 12) || smallShift >= shift) throw damaged('its sectors have an unusual size');
  const sectors = sectorsOf(file, 1 << shift);
  const entries = directory(chained(sectors, file.readUInt32LE(48)));
  const root = entries[0];
  const entry = root && within(entries, root.child).find((one) => one.type === STREAM && one.name === name);
  if (!entry) throw new OtherVersion(`no stream ${name}`);
  if (entry.bytes >= file.readUInt32LE(56)) return chained(sectors, entry.start, entry.bytes);
  const small = {
    bytes: chained(sectors, root.start),
    size: 1 << smallShift,
    origin: 0,
    next: numbers(chained(sectors, file.readUInt32LE(60))),
  };
  return chained(small, entry.start, entry.bytes);
}

/** The sectors of the file, which hold their own table too. */
function sectorsOf(file: Buffer, size: number): Sectors {
  const plain: Sectors = { bytes: file, size, origin: size, next: new Uint32Array() };
  const listed = [...numbers(file.subarray(76, 76 + 4 * LISTED_IN_HEADER))];
  const count = file.readUInt32LE(44);
  let list = file.readUInt32LE(68);
  while (listed.length < count && list < LAST_SECTOR) {
    const more = numbers(sector(plain, list));
    listed.push(...more.subarray(0, -1));
    list = more.at(-1)!;
    if (listed.length * size > file.length + size) throw damaged('its table of sectors is larger than the file');
  }
  const tables = listed.slice(0, count).filter((number) => number < LAST_SECTOR);
  return { ...plain, next: numbers(Buffer.concat(tables.map((number) => sector(plain, number)))) };
}

function sector({ bytes, size, origin }: Sectors, number: number): Buffer {
  const start = origin + number * size;
  if (start >= bytes.length) throw damaged(`it has no sector ${number}`);
  return bytes.subarray(start, start + size);
}

/**
 * The stream that begins in a sector, as so many bytes, or all that there are. Only the sector at the end of a file may
 * be cut short, behind what is wanted.
 */
function chained({ bytes, size, origin, next }: Sectors, start: number, length = Number.POSITIVE_INFINITY): Buffer {
  const stretches: Buffer[] = [];
  const seen = new Uint8Array(next.length);
  let missing = length;
  let isCut = false;
  for (let number = start; number < LAST_SECTOR && missing > 0; ) {
    const first = number;
    let behind = number;
    while (number === behind && missing > 0) {
      const at = origin + number * size;
      if (isCut || number >= next.length || seen[number] || at >= bytes.length) {
        throw damaged(`nothing goes on at sector ${number}`);
      }
      isCut = at + size > bytes.length;
      seen[number] = 1;
      missing -= size;
      behind = number + 1;
      number = next[number]!;
    }
    stretches.push(bytes.subarray(origin + first * size, origin + behind * size));
  }
  const whole = stretches.length === 1 ? stretches[0]! : Buffer.concat(stretches);
  if (!Number.isFinite(length)) return whole;
  if (whole.length < length) throw damaged(`${length} bytes should be where there are ${whole.length}`);
  return whole.subarray(0, length);
}

function numbers(bytes: Buffer): Uint32Array {
  const list = new Uint32Array(bytes.length >> 2);
  for (let i = 0; i < list.length; i++) list[i] = bytes.readUInt32LE(4 * i);
  return list;
}

function directory(bytes: Buffer): Entry[] {
  return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, i) => {
    const entry = bytes.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES);
    return {
      name: entry.toString('utf16le', 0, Math.max(0, Math.min(entry.readUInt16LE(64), 64) - 2)).toUpperCase(),
      type: entry[66]!,
      siblings: [entry.readUInt32LE(68), entry.readUInt32LE(72)],
      child: entry.readUInt32LE(76),
      start: entry.readUInt32LE(116),
      bytes: entry.readUInt32LE(120),
    };
  });
}

/** An entry and those beside it, which make a tree. */
function within(entries: readonly Entry[], first: number): Entry[] {
  const found = new Set<Entry>();
  const ahead = [first];
  while (ahead.length > 0) {
    const entry = entries[ahead.pop()!];
    if (!entry || found.has(entry)) continue;
    found.add(entry);
    ahead.push(...entry.siblings);
  }
  return [...found];
}
