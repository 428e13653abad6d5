import { LifecycleError } from '../../../errors.ts';
import type { ByteWindow } from '../byte-window.ts';
import { damaged } from '../damaged.ts';

/** The table beside a shapefile: a header, then records of fixed width that begin with a mark of deletion. */
export interface DbfHeader {
  records: number;
  headerBytes: number;
  recordBytes: number;
  fields: DbfField[];
  /** The code page that the file says its text is in; 0 for none. */
  languageDriver: number;
}

export interface DbfField {
  /** As bytes, whose encoding the file may not tell. */
  name: Buffer;
  /** A letter: `C` text, `N` and `F` numbers, `D` dates, `L` truth values and so on. */
  type: string;
  width: number;
  decimals: number;
  /** Within a record. */
  offset: number;
}

const PREFIX_BYTES = 32;
const DESCRIPTOR_BYTES = 32;
const NAME_BYTES = 11;
/** Ends the list of fields. */
const END_OF_FIELDS = 0x0d;
/** Of the first byte, the generation of dBase. */
const GENERATION = 0x07;
const DBASE_7 = 4;

/** @throws LifecycleError ING_BAD_FILE where the header and the file do not agree */
export async function readDbfHeader(file: string, window: ByteWindow): Promise<DbfHeader> {
  if (window.size < PREFIX_BYTES) throw damaged(file, `has ${window.size} bytes, where its header alone takes more`);
  const prefix = await window.copy(0, PREFIX_BYTES);
  if ((prefix[0]! & GENERATION) === DBASE_7)
    throw new LifecycleError('ING_BAD_FILE', 'the .dbf file is of dBase 7, which no shapefile has', {
      hint: 'save it as dBase III or IV',
    });
  const records = prefix.readUInt32LE(4);
  const headerBytes = prefix.readUInt16LE(8);
  const recordBytes = prefix.readUInt16LE(10);
  if (headerBytes <= PREFIX_BYTES || headerBytes > window.size)
    throw damaged(file, `has ${window.size} bytes, and a header that says it takes ${headerBytes}`);
  const list = await window.copy(PREFIX_BYTES, headerBytes - PREFIX_BYTES);
  const fields: DbfField[] = [];
  let offset = 1;
  for (let at = 0; at + DESCRIPTOR_BYTES <= list.length && list[at] !== END_OF_FIELDS; at += DESCRIPTOR_BYTES) {
    const name = list.subarray(at, at + NAME_BYTES);
    const end = name.indexOf(0);
    const type = String.fromCharCode(list[at + 11]!);
    const width = list[at + 16]!;
    fields.push({
      name: end < 0 ? name : name.subarray(0, end),
      type,
      width,
      decimals: list[at + 17]!,
      offset,
    });
    offset += width;
  }
  if (offset > recordBytes)
    throw damaged(
      file,
      `has fields of ${offset} bytes in records of which its header says that they have ${recordBytes}`,
    );
  const needed = headerBytes + records * recordBytes;
  if (needed > window.size)
    throw damaged(
      file,
      `has ${window.size} bytes, where the ${records} records of ${recordBytes} bytes that its header says take ${needed}`,
    );
  return { records, headerBytes, recordBytes, fields, languageDriver: prefix[29]! };
}
