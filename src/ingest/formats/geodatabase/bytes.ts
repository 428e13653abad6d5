/** Thrown where the bytes of a row end, or go on, before their meaning does; the reader of the row says where. */
export class Broken extends Error {}

/** Whole numbers that a double holds. */
const LARGEST = 2 ** 53;

/** Reads a stretch of bytes from its start to its end, never beyond. */
export class Cursor {
  bytes: Buffer;
  at: number;
  end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Where a stretch begins that is passed over. */
  take(length: number): number {
    const start = this.at;
    if (!(length >= 0) || start + length > this.end) throw new Broken('it ends too early');
    this.at = start + length;
    return start;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  int16(): number {
    return this.bytes.readInt16LE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  /** A whole number of seven bits a byte, the lowest first. */
  varuint(): number {
    if (this.at >= this.end) throw new Broken('it ends too early');
    const first = this.bytes[this.at++]!;
    if (first < 0x80) return first;
    const value = this.#continued(first & 0x7f, 128);
    if (value > LARGEST) throw new Broken('a number in it is too large');
    return value;
  }

  /** The same with a sign, in the second highest bit of the first byte. */
  varint(): number {
    if (this.at >= this.end) throw new Broken('it ends too early');
    const first = this.bytes[this.at++]!;
    const value = first < 0x80 ? first & 0x3f : this.#continued(first & 0x3f, 64);
    return (first & 0x40) === 0 ? value : -value;
  }

  /** A number that begins with `value`, with the bytes that follow, the next of which counts `scale` times. */
  #continued(value: number, scale: number): number {
    const { bytes, end } = this;
    let at = this.at;
    let whole = value;
    for (let factor = scale; ; factor *= 128) {
      if (at >= end) throw new Broken('it ends too early');
      const byte = bytes[at++]!;
      whole += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      if (factor > LARGEST) throw new Broken('a number in it has no end');
    }
    this.at = at;
    return whole;
  }

  /** Text of so many UTF-16 units. */
  utf16(units: number): string {
    const start = this.take(2 * units);
    return this.bytes.toString('utf16le', start, this.at);
  }
}
