/**
 * LZMA, of which Node has no reader: matches in a window, in bits whose probabilities are learnt (a range coder). Knows
 * nothing of files; `lzma.ts` and `xz.ts` do.
 */

const PROBABILITIES = 11;
const EVEN = 2 ** (PROBABILITIES - 1);
const MOVE = 5;
const TOP = 2 ** 24;
const STATES = 12;
const POSITION_STATES = 16;
const SLOTS = 64;
const LENGTH_CLASSES = 4;
const FULL_DISTANCES = 115;
const ALIGN_BITS = 4;
const SHORTEST_MATCH = 2;
/** Bytes that one symbol may take. */
const SYMBOL_BYTES = 24;
/** Room behind the window before what is too old is thrown away. */
const ROOM = 2 ** 21;

/** A window of this size and what is written beside it are held in memory. */
const LARGEST_WINDOW = 2 ** 27;

/** How a length is coded: three ranges of lengths, the first two by where the match is. */
class LengthCoder {
  readonly choice = new Uint16Array(2).fill(EVEN);
  readonly low = new Uint16Array(POSITION_STATES * 8).fill(EVEN);
  readonly middle = new Uint16Array(POSITION_STATES * 8).fill(EVEN);
  readonly high = new Uint16Array(256).fill(EVEN);
}

export class LzmaDecoder {
  readonly #windowBytes: number;
  #window: Uint8Array = new Uint8Array(2 ** 16);
  /** Where the next byte goes, and from where on bytes have not been taken. */
  #end = 0;
  #taken = 0;
  /** Bytes since the window was empty. */
  #known = 0;
  #count = 0;

  #input: Uint8Array = new Uint8Array(0);
  position = 0;
  #range = 0;
  #code = 0;

  #literalBits = 0;
  #literalMask = 0;
  #positionMask = 0;
  #literals = new Uint16Array(0);
  #isMatch = new Uint16Array(0);
  #isRepeat = new Uint16Array(0);
  #isRepeat0 = new Uint16Array(0);
  #isRepeat0Long = new Uint16Array(0);
  #isRepeat1 = new Uint16Array(0);
  #isRepeat2 = new Uint16Array(0);
  #slots = new Uint16Array(0);
  #distances = new Uint16Array(0);
  #align = new Uint16Array(0);
  #matchLengths = new LengthCoder();
  #repeatLengths = new LengthCoder();
  #state = 0;
  #distance0 = 0;
  #distance1 = 0;
  #distance2 = 0;
  #distance3 = 0;
  /** What is left of a match. */
  #pending = 0;
  /** The end has been marked. */
  hasEnded = false;

  constructor(windowBytes: number) {
    if (windowBytes > LARGEST_WINDOW) throw new Error(`it wants ${windowBytes} bytes of memory to be unpacked`);
    this.#windowBytes = Math.max(windowBytes, 4096);
  }

  /** @param properties the byte that says of what literals and matches depend */
  setProperties(properties: number): void {
    if (properties >= 225) throw new Error('its properties are impossible');
    this.#literalBits = properties % 9;
    const rest = Math.floor(properties / 9);
    this.#literalMask = 2 ** (rest % 5) - 1;
    this.#positionMask = 2 ** Math.floor(rest / 5) - 1;
    this.#literals = new Uint16Array(0x300 * 2 ** (this.#literalBits + (rest % 5)));
    this.resetState();
  }

  resetState(): void {
    const fresh = (size: number) => new Uint16Array(size).fill(EVEN);
    this.#literals.fill(EVEN);
    this.#isMatch = fresh(STATES * POSITION_STATES);
    this.#isRepeat = fresh(STATES);
    this.#isRepeat0 = fresh(STATES);
    this.#isRepeat0Long = fresh(STATES * POSITION_STATES);
    this.#isRepeat1 = fresh(STATES);
    this.#isRepeat2 = fresh(STATES);
    this.#slots = fresh(LENGTH_CLASSES * SLOTS);
    this.#distances = fresh(FULL_DISTANCES);
    this.#align = fresh(2 ** ALIGN_BITS);
    this.#matchLengths = new LengthCoder();
    this.#repeatLengths = new LengthCoder();
    this.#state = 0;
    this.#distance0 = this.#distance1 = this.#distance2 = this.#distance3 = 0;
    this.#pending = 0;
  }

  /** Begins to read codes: the first five bytes are the range coder's. */
  start(input: Uint8Array, position: number): void {
    if (input[position] !== 0) throw new Error('its codes begin with another byte than zero');
    this.#input = input;
    this.position = position + 5;
    this.#range = 0xffffffff;
    this.#code = new DataView(input.buffer, input.byteOffset).getUint32(position + 1);
  }

  /** Goes on in other bytes. */
  resume(input: Uint8Array, position: number): void {
    this.#input = input;
    this.position = position;
  }

  /** Whether codes have ended as they should, at the end of the input. */
  hasSettled(): boolean {
    this.#normalize();
    return this.#code === 0 && this.#pending === 0 && this.position === this.#input.length;
  }

  forgetWindow(): void {
    this.#known = 0;
    this.#count = 0;
  }

  /** Bytes that are not packed. */
  copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#window.set(bytes, this.#end);
    this.#advance(bytes.length);
  }

  /** What has come out since the last time. */
  take(): Buffer {
    const bytes = Buffer.from(this.#window.subarray(this.#taken, this.#end));
    this.#taken = this.#end;
    return bytes;
  }

  /**
   * Unpacks so many bytes, or fewer where the end is marked, or where fewer than `SYMBOL_BYTES` are left of input that
   * goes on.
   *
   * @returns how many bytes came out
   */
  unpack(wanted: number, inputGoesOn: boolean): number {
    this.#reserve(wanted);
    const from = this.#end;
    const until = from + wanted;
    const last = this.#input.length - (inputGoesOn ? SYMBOL_BYTES : 0);
    while (this.#end < until && !this.hasEnded) {
      if (this.#pending > 0) this.#repeat(until);
      else if (inputGoesOn && this.position > last) break;
      else this.#symbol();
      if (this.position > this.#input.length) throw new Error('it is cut off');
    }
    return this.#end - from;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#window.length) return;
    const kept = Math.min(this.#known, this.#windowBytes, this.#end);
    // Nothing is thrown away that has not been taken.
    const from = Math.min(this.#end - kept, this.#taken);
    const length = this.#end - from;
    const needed = length + bytes;
    const size = needed + Math.min(needed, Math.max(ROOM, this.#windowBytes / 4));
    if (size > this.#window.length) {
      const larger = new Uint8Array(size);
      larger.set(this.#window.subarray(from, this.#end));
      this.#window = larger;
    } else this.#window.copyWithin(0, from, this.#end);
    this.#end -= from;
    this.#taken -= from;
  }

  #advance(bytes: number): void {
    this.#end += bytes;
    this.#known += bytes;
    this.#count += bytes;
  }

  #repeat(until: number): void {
    const distance = this.#distance0 + 1;
    if (distance > this.#known || distance > this.#windowBytes) throw new Error('it refers to what is not there');
    const length = Math.min(this.#pending, until - this.#end);
    const window = this.#window;
    const end = this.#end;
    for (let i = end; i < end + length; i++) window[i] = window[i - distance]!;
    this.#pending -= length;
    this.#advance(length);
  }

  #symbol(): void {
    const positionState = this.#count & this.#positionMask;
    const state = this.#state;
    const both = state * POSITION_STATES + positionState;
    if (this.#bit(this.#isMatch, both) === 0) {
      this.#literal();
      return;
    }
    if (this.#bit(this.#isRepeat, state) === 0) {
      this.#distance3 = this.#distance2;
      this.#distance2 = this.#distance1;
      this.#distance1 = this.#distance0;
      const length = this.#length(this.#matchLengths, positionState);
      this.#state = state < 7 ? 7 : 10;
      this.#distance0 = this.#readDistance(length);
      if (this.#distance0 === 0xffffffff) this.hasEnded = true;
      else this.#pending = length + SHORTEST_MATCH;
      return;
    }
    if (this.#bit(this.#isRepeat0, state) === 0) {
      if (this.#bit(this.#isRepeat0Long, both) === 0) {
        this.#state = state < 7 ? 9 : 11;
        this.#pending = 1;
        return;
      }
    } else {
      let distance: number;
      if (this.#bit(this.#isRepeat1, state) === 0) distance = this.#distance1;
      else {
        if (this.#bit(this.#isRepeat2, state) === 0) distance = this.#distance2;
        else {
          distance = this.#distance3;
          this.#distance3 = this.#distance2;
        }
        this.#distance2 = this.#distance1;
      }
      this.#distance1 = this.#distance0;
      this.#distance0 = distance;
    }
    this.#state = state < 7 ? 8 : 11;
    this.#pending = this.#length(this.#repeatLengths, positionState) + SHORTEST_MATCH;
  }

  #literal(): void {
    const before = this.#known > 0 ? this.#window[this.#end - 1]! : 0;
    const context = ((this.#count & this.#literalMask) << this.#literalBits) + (before >> (8 - this.#literalBits));
    const offset = 0x300 * context;
    const literals = this.#literals;
    let symbol = 1;
    if (this.#state >= 7) {
      const distance = this.#distance0 + 1;
      if (distance > this.#known) throw new Error('it refers to what is not there');
      let match = this.#window[this.#end - distance]!;
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(literals, offset + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(literals, offset + symbol);
    this.#window[this.#end] = symbol & 0xff;
    this.#advance(1);
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #length(coder: LengthCoder, positionState: number): number {
    if (this.#bit(coder.choice, 0) === 0) return this.#tree(coder.low, positionState * 8, 3);
    if (this.#bit(coder.choice, 1) === 0) return 8 + this.#tree(coder.middle, positionState * 8, 3);
    return 16 + this.#tree(coder.high, 0, 8);
  }

  #readDistance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length, LENGTH_CLASSES - 1) * SLOTS, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reverseTree(this.#distances, base - slot, bits);
    let direct = 0;
    for (let i = bits - ALIGN_BITS; i > 0; i--) direct = direct * 2 + this.#evenBit();
    return base + direct * 2 ** ALIGN_BITS + this.#reverseTree(this.#align, 0, ALIGN_BITS);
  }

  #tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(probabilities, offset + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(probabilities, offset + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #bit(probabilities: Uint16Array, at: number): 0 | 1 {
    this.#normalize();
    const probability = probabilities[at]!;
    const bound = (this.#range >>> PROBABILITIES) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[at] = probability + ((2 ** PROBABILITIES - probability) >> MOVE);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    probabilities[at] = probability - (probability >> MOVE);
    return 1;
  }

  #evenBit(): 0 | 1 {
    this.#normalize();
    this.#range >>>= 1;
    if (this.#code < this.#range) return 0;
    this.#code -= this.#range;
    return 1;
  }

  #normalize(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#input[this.position++] ?? 0)) >>> 0;
  }
}
