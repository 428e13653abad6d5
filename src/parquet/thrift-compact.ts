/** Types of Thrift's compact protocol (thrift-compact-protocol.md), as far as parquet's footer uses them. */
export const TYPE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

export type ThriftValue = boolean | bigint | Buffer | ThriftList | ThriftStruct;

export interface ThriftList {
  type: number;
  items: ThriftValue[];
}

/** Fields by number, in the order in which they were written. */
export type ThriftStruct = Map<number, { type: number; value: ThriftValue }>;

/** Decodes a struct without knowing its fields' names. */
export function decodeStruct(bytes: Buffer): ThriftStruct {
  return new Decoder(bytes).struct();
}

export function encodeStruct(struct: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  writeStruct(parts, struct);
  return Buffer.concat(parts);
}

class Decoder {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    const fields: ThriftStruct = new Map();
    let number = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return fields;
      const delta = header >> 4;
      const type = header & 0x0f;
      number = delta === 0 ? Number(unzigzag(this.#varint())) : number + delta;
      const value = type === TYPE.true ? true : type === TYPE.false ? false : this.#value(type);
      fields.set(number, { type, value });
    }
  }

  #byte(): number {
    return this.#bytes[this.#at++]!;
  }

  #varint(): bigint {
    let result = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.#byte();
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
      shift += 7n;
    }
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case TYPE.true:
      case TYPE.false:
        return this.#byte() === TYPE.true;
      case TYPE.byte:
        return BigInt(this.#byte());
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        return unzigzag(this.#varint());
      case TYPE.double:
        return this.#take(8);
      case TYPE.binary:
        return this.#take(Number(this.#varint()));
      case TYPE.list:
      case TYPE.set:
        return this.#list();
      case TYPE.struct:
        return this.struct();
      default:
        throw new Error(`type ${type} in a parquet footer is not known`);
    }
  }

  #list(): ThriftList {
    const header = this.#byte();
    const type = header & 0x0f;
    const size = header >> 4 === 15 ? Number(this.#varint()) : header >> 4;
    return { type, items: Array.from({ length: size }, () => this.#value(type)) };
  }

  #take(length: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }
}

const zigzag = (n: bigint) => BigInt.asUintN(64, (n << 1n) ^ (n >> 63n));
const unzigzag = (n: bigint) => (n >> 1n) ^ -(n & 1n);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function writeStruct(parts: Buffer[], struct: ThriftStruct): void {
  let previous = 0;
  for (const [number, field] of struct) {
    const type = typeof field.value === 'boolean' ? (field.value ? TYPE.true : TYPE.false) : field.type;
    const delta = number - previous;
    if (delta > 0 && delta <= 15) parts.push(Buffer.from([(delta << 4) | type]));
    else parts.push(Buffer.from([type]), varint(zigzag(BigInt(number))));
    if (typeof field.value !== 'boolean') writeValue(parts, type, field.value);
    previous = number;
  }
  parts.push(Buffer.from([0]));
}

function writeValue(parts: Buffer[], type: number, value: ThriftValue): void {
  if (typeof value === 'boolean') parts.push(Buffer.from([value ? TYPE.true : TYPE.false]));
  else if (typeof value === 'bigint')
    parts.push(type === TYPE.byte ? Buffer.from([Number(value)]) : varint(zigzag(value)));
  else if (Buffer.isBuffer(value)) {
    if (type !== TYPE.double) parts.push(varint(BigInt(value.length)));
    parts.push(value);
  } else if (value instanceof Map) writeStruct(parts, value);
  else {
    const { length } = value.items;
    if (length < 15) parts.push(Buffer.from([(length << 4) | value.type]));
    else parts.push(Buffer.from([0xf0 | value.type]), varint(BigInt(length)));
    for (const item of value.items) writeValue(parts, value.type, item);
  }
}
