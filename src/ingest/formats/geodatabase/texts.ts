import { Cursor } from './bytes.ts';
import type { Field } from './fields.ts';
import type { GdbTable } from './table.ts';
import { valueReader } from './values.ts';

/** Some text fields of a small table, all rows at once. Of a field that is not there, or null, nothing. */
export async function textsOf(
  table: GdbTable,
  names: readonly string[],
): Promise<{ objectId: number; values: (string | undefined)[] }[]> {
  const readers = table.fields.map((field) => valueReader(field, { isUtf8: table.isUtf8, exactMoments: new Set() }));
  const rows: { objectId: number; values: (string | undefined)[] }[] = [];
  await table.each((row) => {
    const { objectId, cursor } = row;
    const values: (string | undefined)[] = names.map(() => undefined);
    let nullables = 0;
    for (const [i, field] of table.fields.entries()) {
      if (field.isNullable && row.isNull(nullables++)) continue;
      const wanted = names.indexOf(field.name);
      const start = cursor.at;
      readers[i]!.read(cursor, undefined);
      if (wanted >= 0 && readers[i]!.type === 'text') values[wanted] = textAt(cursor, start, field, table.isUtf8);
    }
    rows.push({ objectId, values });
    return undefined;
  });
  return rows;
}

function textAt({ bytes, at }: Cursor, start: number, { type }: Field, isUtf8: boolean): string {
  const text = new Cursor(bytes, start, at);
  const length = text.varuint();
  const encoding = isUtf8 || type === 'xml' ? 'utf8' : 'utf16le';
  return bytes.toString(encoding, text.at, text.at + length).split('\0')[0]!;
}
