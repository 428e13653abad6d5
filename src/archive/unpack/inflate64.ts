/**
 * Deflate64, zip's method 9, by which Windows packs what is large. It is Deflate (RFC 1951) with a window of 64 KiB, two
 * more codes for distances, and a last code for lengths that holds up to 65,538.
 */

const WINDOW = 2 ** 16;
const LONGEST_MATCH = 65_538;
const OUTPUT = WINDOW + 2 ** 19;
/** A code for a length and one for a distance with all their extra bits, and what is read ahead. */
const SYMBOL_BYTES = 16;
/** The longest head of a block, rounded up: 14 bits, 19 × 3, and 318 codes of 14. */
const HEAD_BYTES = 640;

const LENGTH_BASE = [
  ...base([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5], 3),
  3,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16];
const DISTANCE_EXTRA = Array.from({ length: 32 }, (_, i) => Math.max(0, (i >> 1) - 1));
const DISTANCE_BASE = base(DISTANCE_EXTRA, 1);
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Where the values of each code begin, by the bits that follow the codes. */
function base(extra: readonly number[], first: number): number[] {
  let next = first;
  return extra.map((bits) => {
    const start = next;
    next += 2 ** bits;
    return start;
  });
}

/** Symbols by the next `bits` bits: `symbol << 4 | length of its code`; 0 where no code is. */
interface Codes {
  table: Uint16Array;
  mask: number;
}

function codesOf(lengths: readonly number[]): Codes {
  const counts = new Array<number>(16).fill(0);
  for (const length of lengths) if (length > 0) counts[length]!++;
  const longest = Math.max(
    1,
    counts.findLastIndex((count) => count > 0),
  );
  const next = [0, 0];
  for (let length = 1; length < 16; length++) next[length + 1] = (next[length]! + counts[length]!) << 1;
  if (next[longest]! + counts[longest]! > 2 ** longest) throw new Error('a table of codes in it is impossible');
  const table = new Uint16Array(2 ** longest);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    let code = next[length]!++;
    let reversed = 0;
    for (let i = 0; i < length; i++, code >>= 1) reversed = (reversed << 1) | (code & 1);
    for (let i = reversed; i < table.length; i += 2 ** length) table[i] = (symbol << 4) | length;
  }
  return { table, mask: table.length - 1 };
}

const FIXED_LENGTHS = codesOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
const FIXED_DISTANCES = codesOf(new Array<number>(32).fill(5));

class Inflate64 {
  state: 'head' | 'stored' | 'codes' | 'done' = 'head';
  readonly out = Buffer.allocUnsafe(OUTPUT);
  /** Where the next byte goes, and where that which is given out begins. */
  position = 0;
  given = 0;
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  #bits = 0;
  #count = 0;
  #isLast = false;
  #stored = 0;
  #lengths = FIXED_LENGTHS;
  #distances = FIXED_DISTANCES;

  feed(chunk: Buffer): void {
    // Of what has been read ahead, some may go back.
    const from = Math.max(0, this.#at - 4);
    this.#input = Buffer.concat([this.#input.subarray(from), chunk]);
    this.#at -= from;
  }

  /** Works until more input is needed, the output is full, or all is done. `isWhole`: there is no more input. */
  run(isWhole: boolean): void {
    while (this.state !== 'done' && this.position + LONGEST_MATCH <= OUTPUT) {
      const left = this.#input.length - this.#at;
      if (this.state === 'head') {
        if (!isWhole && left < HEAD_BYTES) return;
        this.#head();
      } else if (this.state === 'stored') {
        if (!this.#copyStored()) {
          if (!isWhole) return;
          throw new Error('its packed bytes end too early');
        }
      } else {
        if (!isWhole && left < SYMBOL_BYTES) return;
        this.#codes(isWhole);
      }
      // What was read ahead of the end are zeros of nobody.
      if (this.#at - (this.#count >> 3) > this.#input.length) throw new Error('its packed bytes end too early');
    }
  }

  /** What has been unpacked since it was asked last. */
  take(): Buffer {
    const bytes = Buffer.from(this.out.subarray(this.given, this.position));
    if (this.position > WINDOW) {
      this.out.copyWithin(0, this.position - WINDOW, this.position);
      this.position = WINDOW;
    }
    this.given = this.position;
    return bytes;
  }

  #need(bits: number): number {
    while (this.#count < bits) {
      this.#bits |= (this.#input[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << bits) - 1);
    this.#bits >>>= bits;
    this.#count -= bits;
    return value;
  }

  #symbol({ table, mask }: Codes): number {
    while (this.#count < 15) {
      this.#bits |= (this.#input[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    const entry = table[this.#bits & mask]!;
    if (entry === 0) throw new Error('it holds a code that is none');
    this.#bits >>>= entry & 15;
    this.#count -= entry & 15;
    return entry >> 4;
  }

  #head(): void {
    this.#isLast = this.#need(1) === 1;
    const type = this.#need(2);
    if (type === 0) {
      // Whole bytes from here on; those that were read ahead go back.
      this.#at -= this.#count >> 3;
      this.#bits = this.#count = 0;
      this.#stored = this.#need(16);
      if (this.#need(16) !== (this.#stored ^ 0xffff)) throw new Error('the length of a block in it is wrong');
      this.state = 'stored';
    } else if (type === 1) {
      [this.#lengths, this.#distances] = [FIXED_LENGTHS, FIXED_DISTANCES];
      this.state = 'codes';
    } else if (type === 2) {
      this.#readTables();
      this.state = 'codes';
    } else throw new Error('it holds a block of no known kind');
  }

  #readTables(): void {
    const literals = this.#need(5) + 257;
    const distances = this.#need(5) + 1;
    const given = this.#need(4) + 4;
    const short = new Array<number>(19).fill(0);
    for (let i = 0; i < given; i++) short[ORDER[i]!] = this.#need(3);
    const codes = codesOf(short);
    const lengths: number[] = [];
    while (lengths.length < literals + distances) {
      const symbol = this.#symbol(codes);
      if (symbol < 16) lengths.push(symbol);
      else if (symbol === 16) {
        if (lengths.length === 0) throw new Error('a table of codes in it is impossible');
        this.#repeat(lengths, lengths.at(-1)!, 3 + this.#need(2));
      } else this.#repeat(lengths, 0, symbol === 17 ? 3 + this.#need(3) : 11 + this.#need(7));
    }
    if (lengths.length > literals + distances) throw new Error('a table of codes in it is impossible');
    this.#lengths = codesOf(lengths.slice(0, literals));
    this.#distances = codesOf(lengths.slice(literals));
  }

  #repeat(lengths: number[], length: number, times: number): void {
    for (let i = 0; i < times; i++) lengths.push(length);
  }

  /** @returns whether there was anything to do */
  #copyStored(): boolean {
    if (this.#stored === 0) {
      this.state = this.#isLast ? 'done' : 'head';
      return true;
    }
    const bytes = Math.min(this.#stored, this.#input.length - this.#at, OUTPUT - this.position);
    if (bytes <= 0) return false;
    this.#input.copy(this.out, this.position, this.#at, this.#at + bytes);
    this.#at += bytes;
    this.position += bytes;
    this.#stored -= bytes;
    return true;
  }

  #codes(isWhole: boolean): void {
    const { out } = this;
    const safe = isWhole ? this.#input.length + SYMBOL_BYTES : this.#input.length - SYMBOL_BYTES;
    while (this.position + LONGEST_MATCH <= OUTPUT && this.#at <= safe) {
      const symbol = this.#symbol(this.#lengths);
      if (symbol < 256) {
        out[this.position++] = symbol;
        continue;
      }
      if (symbol === 256) {
        this.state = this.#isLast ? 'done' : 'head';
        return;
      }
      const length = LENGTH_BASE[symbol - 257]! + this.#need(LENGTH_EXTRA[symbol - 257]!);
      const code = this.#symbol(this.#distances);
      const distance = DISTANCE_BASE[code]! + this.#need(DISTANCE_EXTRA[code]!);
      const from = this.position - distance;
      if (!(from >= 0)) throw new Error('it repeats what was never there');
      if (distance >= length) out.copyWithin(this.position, from, from + length);
      else for (let i = 0; i < length; i++) out[this.position + i] = out[from + i]!;
      this.position += length;
    }
  }
}

/**
 * Unpacks Deflate64 while it is read, in bounded memory.
 * @throws Error for bytes that are none
 */
export async function* inflate64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = new Inflate64();
  const giveOut = function* (isWhole: boolean) {
    for (;;) {
      inflate.run(isWhole);
      const isFull = inflate.position + LONGEST_MATCH > OUTPUT;
      if (isFull || isWhole) yield inflate.take();
      if (!isFull) return;
    }
  };
  for await (const chunk of chunks) {
    inflate.feed(chunk);
    yield* giveOut(false);
    if (inflate.state === 'done') break;
  }
  yield* giveOut(true);
}
