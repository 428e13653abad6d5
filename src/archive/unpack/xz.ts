import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LzmaDecoder } from './lzma-decoder.ts';
import { PackedInput } from './packed-input.ts';

/** xz: streams of blocks in LZMA2, each with a checksum. Filters for programs' code are not known. */

const HEADER = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const FOOTER = 'YZ';
const LZMA2 = 0x21;
/** Bytes of a checksum by its number. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const CRC32 = 1;
const CRC64 = 4;
const SHA256 = 10;

export async function* unxz(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new PackedInput(packed);
  try {
    let streams = 0;
    while (await input.has(4)) {
      // Zeros may stand between streams and behind them.
      const isPadding = streams > 0 && input.bytes.readUInt32LE(input.position) === 0;
      if (isPadding) input.position += 4;
      else {
        yield* readStream(input);
        streams++;
      }
    }
    if (streams === 0 || input.available > 0) throw new Error('it is no xz file, or cut off');
  } finally {
    await input.close();
  }
}

async function* readStream(input: PackedInput): AsyncGenerator<Buffer> {
  const head = Buffer.from(await input.take(12));
  if (!head.subarray(0, 6).equals(HEADER)) throw new Error('it is no xz file');
  if (crc32(head.subarray(6, 8)) !== head.readUInt32LE(8)) throw new Error('the checksum of its head is wrong');
  const check = head[7]! & 0xf;
  const sizes: [number, number][] = [];
  for (;;) {
    const first = (await input.take(1))[0]!;
    if (first === 0) break;
    sizes.push(yield* readBlock(input, first, check));
  }
  await readIndex(input, sizes);
  const foot = Buffer.from(await input.take(12));
  const isSound = foot.toString('latin1', 10) === FOOTER && crc32(foot.subarray(4, 10)) === foot.readUInt32LE(0);
  if (!isSound || !foot.subarray(8, 10).equals(head.subarray(6, 8))) throw new Error('its foot is damaged');
}

/** @returns bytes that the block takes, without what fills it up, and bytes of its contents */
async function* readBlock(input: PackedInput, first: number, check: number): AsyncGenerator<Buffer, [number, number]> {
  const headBytes = (first + 1) * 4;
  const head = Buffer.concat([Buffer.of(first), await input.take(headBytes - 1)]);
  if (crc32(head.subarray(0, -4)) !== head.readUInt32LE(headBytes - 4))
    throw new Error('the checksum of a block in it is wrong');
  const numbers = new Numbers(head, 2);
  const flags = head[1]!;
  if (flags & 0x40) numbers.next();
  if (flags & 0x80) numbers.next();
  const filter = numbers.next();
  if ((flags & 3) !== 0 || filter !== LZMA2)
    throw new Error('it is packed with a filter for programs, which is not known');
  numbers.next();
  const checksum = checksumOf(check);
  const counted = new Counted(input);
  let unpacked = 0;
  for await (const bytes of lzma2(counted, windowOf(head[numbers.position]!))) {
    checksum.update(bytes);
    unpacked += bytes.length;
    yield bytes;
  }
  const filling = -counted.bytes & 3;
  if ((await input.take(filling)).some((byte) => byte !== 0)) throw new Error('a block in it is damaged');
  const stored = await input.take(CHECK_BYTES[check]!);
  const computed = checksum.digest();
  if (computed && !computed.equals(stored)) throw new Error('the checksum of a block in it is wrong');
  return [headBytes + counted.bytes + stored.length, unpacked];
}

function windowOf(bits: number): number {
  if (bits > 40) throw new Error('its window is impossible');
  return bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

class Counted {
  readonly #input: PackedInput;
  bytes = 0;

  constructor(input: PackedInput) {
    this.#input = input;
  }

  take(count: number): Promise<Buffer> {
    this.bytes += count;
    return this.#input.take(count);
  }
}

async function* lzma2(input: Counted, windowBytes: number): AsyncGenerator<Buffer> {
  const decoder = new LzmaDecoder(windowBytes);
  // The first chunk forgets what was before, the first packed one says how it is packed.
  let isFirst = true;
  let hasProperties = false;
  for (;;) {
    const control = (await input.take(1))[0]!;
    if (control === 0) return;
    const isPacked = control >= 0x80;
    const reset = isPacked ? (control >> 5) & 3 : control === 1 ? 3 : 0;
    if ((!isPacked && control > 2) || (isFirst && reset !== 3)) throw new Error('a block in it is damaged');
    if (reset === 3) decoder.forgetWindow();
    isFirst = false;
    const size = ((isPacked ? control & 0x1f : 0) << 16) + (await input.take(2)).readUInt16BE() + 1;
    if (!isPacked) {
      decoder.copy(await input.take(size));
      yield decoder.take();
      continue;
    }
    const packedSize = (await input.take(2)).readUInt16BE() + 1;
    if (reset >= 2) decoder.setProperties((await input.take(1))[0]!);
    else if (!hasProperties) throw new Error('a block in it is damaged');
    else if (reset === 1) decoder.resetState();
    hasProperties ||= reset >= 2;
    const bytes = await input.take(packedSize);
    if (packedSize < 5) throw new Error('a block in it is damaged');
    decoder.start(bytes, 0);
    if (decoder.unpack(size, false) !== size || !decoder.hasSettled()) throw new Error('a block in it is damaged');
    yield decoder.take();
  }
}

async function readIndex(input: PackedInput, sizes: readonly [number, number][]): Promise<void> {
  const index = [0];
  const next = async () => {
    const byte = (await input.take(1))[0]!;
    index.push(byte);
    return byte;
  };
  const number = async () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = await next();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift > 56) throw new Error('its index is damaged');
    }
  };
  if ((await number()) !== sizes.length) throw new Error('its index is damaged');
  for (const [packed, unpacked] of sizes)
    if ((await number()) !== packed || (await number()) !== unpacked) throw new Error('its index is damaged');
  while (index.length % 4 !== 0) await next();
  if (crc32(Buffer.from(index)) !== (await input.take(4)).readUInt32LE()) throw new Error('its index is damaged');
}

/** Numbers of seven bits a byte. */
class Numbers {
  readonly #bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = this.#bytes[this.position++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }
}

interface Checksum {
  update(bytes: Buffer): void;
  /** Undefined where it is not known. */
  digest(): Buffer | undefined;
}

function checksumOf(check: number): Checksum {
  if (check === SHA256) {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  }
  if (check === CRC32) return new Crc32();
  return check === CRC64 ? new Crc64() : { update: () => {}, digest: () => undefined };
}

class Crc32 implements Checksum {
  #crc = 0;

  update(bytes: Buffer): void {
    this.#crc = crc32(bytes, this.#crc);
  }

  digest(): Buffer {
    const little = Buffer.alloc(4);
    little.writeUInt32LE(this.#crc);
    return little;
  }
}

/** In two halves of 32 bits each. */
class Crc64 implements Checksum {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(bytes: Buffer): void {
    let [low, high] = [this.#low, this.#high];
    for (const byte of bytes) {
      const at = (low ^ byte) & 0xff;
      low = (((low >>> 8) | (high << 24)) ^ CRC64_LOW[at]!) >>> 0;
      high = ((high >>> 8) ^ CRC64_HIGH[at]!) >>> 0;
    }
    this.#low = low;
    this.#high = high;
  }

  digest(): Buffer {
    const little = Buffer.alloc(8);
    little.writeUInt32LE(~this.#low >>> 0, 0);
    little.writeUInt32LE(~this.#high >>> 0, 4);
    return little;
  }
}

const CRC64_LOW = new Uint32Array(256);
const CRC64_HIGH = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let [low, high] = [byte, 0];
  for (let i = 0; i < 8; i++) {
    const isOdd = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (!isOdd) continue;
    low = (low ^ 0xd7870f42) >>> 0;
    high = (high ^ 0xc96c5795) >>> 0;
  }
  CRC64_LOW[byte] = low;
  CRC64_HIGH[byte] = high;
}
