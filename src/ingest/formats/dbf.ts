import { open } from 'node:fs/promises';
import { LifecycleError } from '../../errors.ts';

/** The table beside a shapefile: a header, then records of fixed width that begin with a mark of deletion. */
export interface DbfHeader {
  records: number;
  headerBytes: number;
  recordBytes: number;
  fields: DbfField[];
}

export interface DbfField {
  name: string;
  /** `C` text, `N` and `F` numbers, `D` dates, `L` truth values. */
  type: string;
  width: number;
  /** Within a record. */
  offset: number;
}

const DESCRIPTOR_BYTES = 32;
/** Ends the list of fields. */
const END_OF_FIELDS = 0x0d;

export async function readDbfHeader(file: string): Promise<DbfHeader> {
  const handle = await open(file, 'r');
  try {
    const { buffer: head } = await handle.read(Buffer.alloc(DESCRIPTOR_BYTES), 0, DESCRIPTOR_BYTES, 0);
    const [records, headerBytes, recordBytes] = [head.readUInt32LE(4), head.readUInt16LE(8), head.readUInt16LE(10)];
    const { buffer: list, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, DESCRIPTOR_BYTES);
    const fields: DbfField[] = [];
    let offset = 1;
    for (let at = 0; at + DESCRIPTOR_BYTES <= bytesRead && list[at] !== END_OF_FIELDS; at += DESCRIPTOR_BYTES) {
      const width = list[at + 16]!;
      const [name] = list.toString('latin1', at, at + 11).split('\0');
      fields.push({ name: name ?? '', type: String.fromCharCode(list[at + 11]!), width, offset });
      offset += width;
    }
    return { records, headerBytes, recordBytes, fields };
  } finally {
    await handle.close();
  }
}

const DATE = /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

/** Impossible dates become the first of January 1970 as well; here they are refused, as by the department's engine. */
function refuseNoDate(value: Buffer, row: number): void {
  if (value.every((byte) => byte === ZERO)) return;
  const text = value.toString('latin1').trim();
  if (DATE.test(text) || /^0+$/.test(text)) return;
  throw new LifecycleError('ING_BAD_FILE', `record ${row} of the .dbf file has the date ${JSON.stringify(text)}`, {
    hint: 'mend it at the source: a date is YYYYMMDD, or blank',
  });
}

const ZERO = 0x30;
const BLANK = 0x20;
/** Of records that are looked at together. */
const BATCH_BYTES = 1 << 20;

/**
 * Puts zeros in place of dates of nothing but blanks. Both mean that there is no date, but DuckDB's GDAL takes the blank
 * ones for the first of January 1970. Changes the file: it must be a copy.
 *
 * @throws LifecycleError ING_BAD_FILE for a date that is none
 */
export async function zeroBlankDates(file: string, header: DbfHeader): Promise<void> {
  const dates = header.fields.filter((field) => field.type === 'D');
  if (dates.length === 0 || header.recordBytes === 0) return;
  const batch = Math.max(1, Math.floor(BATCH_BYTES / header.recordBytes)) * header.recordBytes;
  const buffer = Buffer.alloc(batch);
  const handle = await open(file, 'r+');
  try {
    for (let at = header.headerBytes; ; at += batch) {
      const { bytesRead } = await handle.read(buffer, 0, batch, at);
      if (bytesRead < header.recordBytes) return;
      let changed = false;
      for (let record = 0; record + header.recordBytes <= bytesRead; record += header.recordBytes) {
        for (const { offset, width } of dates) {
          const value = buffer.subarray(record + offset, record + offset + width);
          if (!value.every((byte) => byte === BLANK)) {
            refuseNoDate(value, (at - header.headerBytes + record) / header.recordBytes + 1);
            continue;
          }
          value.fill(ZERO);
          changed = true;
        }
      }
      if (changed) await handle.write(buffer, 0, bytesRead, at);
    }
  } finally {
    await handle.close();
  }
}
