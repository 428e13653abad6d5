import { PackedInput } from './packed-input.ts';

/**
 * bzip2, of which Node has no reader: blocks of up to 900,000 bytes, sorted (Burrows–Wheeler), moved to front, in Huffman
 * codes. A file may hold several streams one after another; what follows them and is none is no part of it.
 */

const BLOCK = 0x314159265359;
const END = 0x177245385090;
const UNIT = 100_000;
/** A block takes no more: its head, and every byte of it in codes of 20 bits. */
const BLOCK_BYTES = 2_400_000;
const LONGEST_CODE = 20;
const GROUP = 50;
const OUTPUT = 2 ** 18;

export async function* bunzip2(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new PackedInput(packed);
  try {
    let streams = 0;
    while (await input.has(4)) {
      const isStream = /^BZh[1-9]$/.test(input.bytes.toString('latin1', input.position, input.position + 4));
      if (!isStream && streams > 0) return;
      if (!isStream) break;
      yield* readStream(input);
      streams++;
    }
    if (streams === 0) throw new Error('it is no bzip2 file');
  } finally {
    await input.close();
  }
}

async function* readStream(input: PackedInput): AsyncGenerator<Buffer> {
  const head = await input.take(4);
  const block = new Block((head[3]! - 0x30) * UNIT);
  const bits = new Bits(input);
  let combined = 0;
  for (;;) {
    await input.has(BLOCK_BYTES);
    const magic = bits.take(24) * 2 ** 24 + bits.take(24);
    const checksum = (bits.take(16) * 2 ** 16 + bits.take(16)) >>> 0;
    if (magic === END) {
      if (checksum !== combined) throw new Error('the checksum of its contents is wrong');
      bits.align();
      return;
    }
    if (magic !== BLOCK) throw new Error('a block in it begins with no mark');
    block.read(bits);
    yield* block.contents();
    if (block.checksum !== checksum) throw new Error('the checksum of a block in it is wrong');
    combined = (((combined << 1) | (combined >>> 31)) ^ checksum) >>> 0;
  }
}

class Bits {
  readonly #input: PackedInput;
  #held = 0;
  #count = 0;

  constructor(input: PackedInput) {
    this.#input = input;
  }

  /** The next bits without taking them, at most 24; zeros behind the end. */
  peek(count: number): number {
    const input = this.#input;
    while (this.#count < count) {
      this.#held = ((this.#held << 8) | (input.bytes[input.position++] ?? 0)) >>> 0;
      this.#count += 8;
    }
    return (this.#held >>> (this.#count - count)) & (2 ** count - 1);
  }

  drop(count: number): void {
    this.#count -= count;
    if (this.#input.position - (this.#count >> 3) > this.#input.bytes.length) throw new Error('it is cut off');
  }

  take(count: number): number {
    const value = this.peek(count);
    this.drop(count);
    return value;
  }

  /** Goes on at the next whole byte. */
  align(): void {
    this.#input.position -= this.#count >> 3;
    this.#count = 0;
  }
}

/** Codes of one table, by their lengths: those of a length lie behind those of the one before. */
class Codes {
  /** The first code that is longer, as if all codes had 20 bits. */
  readonly #beyond = new Int32Array(LONGEST_CODE + 1);
  readonly #offset = new Int32Array(LONGEST_CODE + 1);
  readonly #symbols: number[] = [];
  #shortest = LONGEST_CODE;

  constructor(lengths: readonly number[]) {
    let code = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      this.#offset[length] = this.#symbols.length - code;
      for (const [symbol, its] of lengths.entries()) {
        if (its !== length) continue;
        this.#symbols.push(symbol);
        this.#shortest = Math.min(this.#shortest, length);
        code++;
      }
      this.#beyond[length] = code * 2 ** (LONGEST_CODE - length);
      code *= 2;
    }
  }

  next(bits: Bits): number {
    const code = bits.peek(LONGEST_CODE);
    let length = this.#shortest;
    while (length <= LONGEST_CODE && code >= this.#beyond[length]!) length++;
    if (length > LONGEST_CODE) throw new Error('a code in it is impossible');
    bits.drop(length);
    return this.#symbols[this.#offset[length]! + (code >>> (LONGEST_CODE - length))]!;
  }
}

class Block {
  /** Sorted bytes, and, from bit 8 on, where the next one lies. */
  readonly #sorted: Uint32Array;
  #length = 0;
  #first = 0;
  checksum = 0;

  constructor(size: number) {
    this.#sorted = new Uint32Array(size);
  }

  read(bits: Bits): void {
    if (bits.take(1) === 1) throw new Error('a block in it is randomized, as only bzip2 0.9 made them');
    this.#first = bits.take(24);
    const used = bytesIn(bits);
    const tables = bits.take(3);
    const selectors = bits.take(15);
    if (tables < 2 || tables > 6 || selectors === 0) throw new Error('the head of a block in it is impossible');
    const order = Array.from({ length: tables }, (_, i) => i);
    const chosen = Array.from({ length: selectors }, () => moveToFront(order, ones(bits, tables)));
    const codes = Array.from({ length: tables }, () => new Codes(lengthsIn(bits, used.length + 2)));
    this.#readSymbols(
      bits,
      used,
      chosen.map((table) => codes[table]!),
    );
    if (this.#first >= this.#length) throw new Error('the head of a block in it is impossible');
    this.#link();
  }

  #readSymbols(bits: Bits, front: number[], tables: readonly Codes[]): void {
    const sorted = this.#sorted;
    const end = front.length + 1;
    let length = 0;
    let run = 0;
    let weight = 1;
    for (let group = 0; ; group++) {
      const codes = tables[group];
      if (!codes) throw new Error('a block in it has no end');
      for (let i = 0; i < GROUP; i++) {
        const symbol = codes.next(bits);
        if (symbol <= 1) {
          run += weight << symbol;
          weight *= 2;
          if (run > sorted.length) throw new Error('a block in it is too long');
          continue;
        }
        if (run > 0) {
          if (length + run > sorted.length) throw new Error('a block in it is too long');
          sorted.fill(front[0]!, length, length + run);
          length += run;
          run = 0;
          weight = 1;
        }
        if (symbol === end) {
          this.#length = length;
          return;
        }
        if (length === sorted.length) throw new Error('a block in it is too long');
        sorted[length++] = moveToFront(front, symbol - 1);
      }
    }
  }

  #link(): void {
    const sorted = this.#sorted;
    const starts = new Uint32Array(257);
    for (let i = 0; i < this.#length; i++) starts[(sorted[i]! & 0xff) + 1]!++;
    for (let byte = 0; byte < 256; byte++) starts[byte + 1]! += starts[byte]!;
    for (let i = 0; i < this.#length; i++) sorted[starts[sorted[i]! & 0xff]!++]! |= i << 8;
  }

  /** The bytes in their order; four equal ones are followed by how many more there are. */
  *contents(): Generator<Buffer> {
    const sorted = this.#sorted;
    let output = Buffer.allocUnsafe(OUTPUT);
    let filled = 0;
    let crc = 0xffffffff;
    let at = sorted[this.#first]! >>> 8;
    let last = -1;
    let equal = 0;
    for (let i = 0; i < this.#length; i++) {
      const entry = sorted[at]!;
      const byte = entry & 0xff;
      at = entry >>> 8;
      const isCount = equal === 4;
      const times = isCount ? byte : 1;
      equal = isCount ? 0 : byte === last ? equal + 1 : 1;
      if (!isCount) last = byte;
      for (let n = 0; n < times; n++) {
        output[filled++] = last;
        crc = ((crc << 8) ^ CRC[(crc >>> 24) ^ last]!) >>> 0;
        if (filled < OUTPUT) continue;
        yield output;
        output = Buffer.allocUnsafe(OUTPUT);
        filled = 0;
      }
      if (isCount) last = -1;
    }
    if (filled > 0) yield output.subarray(0, filled);
    this.checksum = ~crc >>> 0;
  }
}

/** The bytes that a block holds, from a map of which there are. */
function bytesIn(bits: Bits): number[] {
  const ranges = bits.take(16);
  const bytes: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (!((ranges >> (15 - range)) & 1)) continue;
    const map = bits.take(16);
    for (let i = 0; i < 16; i++) if ((map >> (15 - i)) & 1) bytes.push(range * 16 + i);
  }
  if (bytes.length === 0) throw new Error('the head of a block in it is impossible');
  return bytes;
}

function ones(bits: Bits, fewerThan: number): number {
  let count = 0;
  while (bits.take(1) === 1) if (++count >= fewerThan) throw new Error('the head of a block in it is impossible');
  return count;
}

function lengthsIn(bits: Bits, count: number): number[] {
  let length = bits.take(5);
  return Array.from({ length: count }, () => {
    while (bits.take(1) === 1) length += bits.take(1) === 1 ? -1 : 1;
    if (length < 1 || length > LONGEST_CODE) throw new Error('a table of codes in it is impossible');
    return length;
  });
}

function moveToFront(list: number[], at: number): number {
  const value = list[at]!;
  for (let i = at; i > 0; i--) list[i] = list[i - 1]!;
  list[0] = value;
  return value;
}

/** The checksums' table: of CRC-32 with its bits the other way round than zip's. */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});
