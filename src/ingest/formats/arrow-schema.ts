/**
 * Columns of durations that Arrow noted in a parquet file, which has no such type, with their units in nanoseconds.
 *
 * @param note the value of the key `ARROW:schema`: an encapsulated IPC message in base64 (Arrow's Message.fbs and
 * Schema.fbs). Undefined where it is none that can be read.
 */
export function durationColumns(note: string): ReadonlyMap<string, bigint> | undefined {
  try {
    const bytes = Buffer.from(note, 'base64');
    // A continuation mark and the length of the message, or in old files the length alone.
    const message = rootOf(bytes.subarray(bytes.readUInt32LE(0) === 0xffffffff ? 8 : 4));
    const fields = message.table(MESSAGE_HEADER)?.tables(SCHEMA_FIELDS) ?? [];
    const durations = fields.filter((field) => field.byte(FIELD_TYPE_KIND) === DURATION);
    return new Map(
      durations.map((field) => {
        const unit = field.table(FIELD_TYPE)?.short(DURATION_UNIT) ?? MILLISECOND;
        return [field.text(FIELD_NAME), 10n ** BigInt(9 - 3 * unit)];
      }),
    );
  } catch {
    return undefined;
  }
}

const MESSAGE_HEADER = 2;
const SCHEMA_FIELDS = 1;
const FIELD_NAME = 0;
const FIELD_TYPE_KIND = 2;
const FIELD_TYPE = 3;
const DURATION = 18;
const DURATION_UNIT = 0;
/** Units count from seconds; this one is left out where it is meant. */
const MILLISECOND = 1;

/** A table of a flatbuffer: its fields by their numbers, each of which may be absent. */
class FlatTable {
  readonly #bytes: Buffer;
  readonly #start: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  byte(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : this.#bytes.readUInt8(at);
  }

  short(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : this.#bytes.readInt16LE(at);
  }

  text(field: number): string {
    const at = this.#target(field);
    return at === undefined ? '' : this.#bytes.toString('utf8', at + 4, at + 4 + this.#bytes.readUInt32LE(at));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#target(field);
    return at === undefined ? undefined : new FlatTable(this.#bytes, at);
  }

  tables(field: number): FlatTable[] {
    const at = this.#target(field);
    if (at === undefined) return [];
    return Array.from({ length: this.#bytes.readUInt32LE(at) }, (_, i) => {
      const entry = at + 4 + 4 * i;
      return new FlatTable(this.#bytes, entry + this.#bytes.readUInt32LE(entry));
    });
  }

  #place(field: number): number | undefined {
    const layout = this.#start - this.#bytes.readInt32LE(this.#start);
    const entry = 4 + 2 * field;
    if (entry >= this.#bytes.readUInt16LE(layout)) return undefined;
    const offset = this.#bytes.readUInt16LE(layout + entry);
    return offset === 0 ? undefined : this.#start + offset;
  }

  #target(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : at + this.#bytes.readUInt32LE(at);
  }
}

function rootOf(bytes: Buffer): FlatTable {
  return new FlatTable(bytes, bytes.readUInt32LE(0));
}
