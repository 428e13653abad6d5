import { ByteWindow } from '../byte-window.ts';
import type { StagedColumn } from '../staged/column.ts';
import { DbfEncoding, type Declared } from './encoding.ts';
import { type DbfHeader, readDbfHeader } from './header.ts';
import { type FieldReader, fieldReader } from './values.ts';

const DELETED = 0x2a;

/** Fields whose text lies in a file of its own; here are the numbers of its blocks. */
const MEMO_TYPES: ReadonlySet<string> = new Set(['M', 'G', 'P']);

/** The records of a .dbf file. */
export class DbfTable {
  readonly header: DbfHeader;
  readonly fields: readonly (FieldReader & { name: string; isMemo: boolean })[];
  readonly #window: ByteWindow;

  private constructor(window: ByteWindow, header: DbfHeader, encoding: DbfEncoding) {
    this.#window = window;
    this.header = header;
    this.fields = header.fields.map((field, i) => {
      const decoded = field.name.every((byte) => byte < 0x80) ? field.name : encoding.decode(field.name);
      if (!decoded) throw encoding.refuse(`the name of column ${i + 1}`, field.name);
      const name = Buffer.from(decoded).toString('utf8').trimEnd();
      return { name, isMemo: MEMO_TYPES.has(field.type) && field.width > 0, ...fieldReader(field, name, encoding) };
    });
  }

  /** @throws LifecycleError ING_BAD_FILE, ING_BAD_ENCODING */
  static async open(file: string, encoding: string | undefined, codePageFile: string | undefined): Promise<DbfTable> {
    const window = await ByteWindow.open(file);
    try {
      const header = await readDbfHeader(file, window);
      const declared: Declared = { codePageFile, languageDriver: header.languageDriver };
      return new DbfTable(window, header, new DbfEncoding(encoding, declared));
    } catch (error) {
      await window.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  /**
   * Puts a record, from 0, into the columns; false for one that is marked as deleted, which is not looked at. A promise
   * only where the record is not in memory yet.
   */
  read(record: number, columns: readonly StagedColumn[]): boolean | Promise<boolean> {
    const { headerBytes, recordBytes, fields } = this.header;
    const place = headerBytes + record * recordBytes;
    const at = this.#window.find(place, recordBytes);
    if (at === undefined) return this.#window.load(place, recordBytes).then(() => this.read(record, columns));
    const { bytes } = this.#window;
    if (bytes[at] === DELETED) return false;
    for (let i = 0; i < fields.length; i++) {
      const { offset, width } = fields[i]!;
      this.fields[i]!.read(bytes, at + offset, at + offset + width, columns[i]!, record + 1);
    }
    return true;
  }
}
