import { open } from 'node:fs/promises';
import { decodeStruct, encodeStruct, type ThriftStruct, type ThriftValue } from './thrift-compact.ts';

/** Both ends of a parquet file; the footer's length stands before the last one (parquet-format, README). */
const MAGIC = 'PAR1';
const TRAILER_BYTES = 8;

/** Field numbers of parquet.thrift. */
const FILE_SCHEMA = 2;
const FILE_ROW_GROUPS = 4;
const FILE_KEY_VALUES = 5;
const SCHEMA_NAME = 4;
const SCHEMA_CHILDREN = 5;
const ROW_GROUP_COLUMNS = 1;
const COLUMN_META = 3;
const META_PATH = 3;
const KEY_VALUE_KEY = 1;
const KEY_VALUE_VALUE = 2;

/**
 * Gives the columns of a parquet file other names by writing its footer anew; no data page is touched. For names that
 * differ by case alone, which DuckDB cannot write.
 *
 * @param names by the names in the file
 */
export async function renameColumns(file: string, names: ReadonlyMap<string, string>): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const trailer = Buffer.alloc(TRAILER_BYTES);
    await handle.read(trailer, 0, TRAILER_BYTES, size - TRAILER_BYTES);
    if (trailer.toString('latin1', 4) !== MAGIC) throw new Error(`${file} is no parquet file`);
    const length = trailer.readUInt32LE(0);
    const footer = Buffer.alloc(length);
    const start = size - TRAILER_BYTES - length;
    await handle.read(footer, 0, length, start);

    const metadata = decodeStruct(footer);
    renameInSchema(metadata, names);
    renameInRowGroups(metadata, names);
    renameInGeoMetadata(metadata, names);
    const renewed = encodeStruct(metadata);
    const end = Buffer.alloc(TRAILER_BYTES);
    end.writeUInt32LE(renewed.length, 0);
    end.write(MAGIC, 4, 'latin1');
    await handle.write(Buffer.concat([renewed, end]), 0, renewed.length + TRAILER_BYTES, start);
    await handle.truncate(start + renewed.length + TRAILER_BYTES);
  } finally {
    await handle.close();
  }
}

const text = (value: ThriftValue | undefined) => (Buffer.isBuffer(value) ? value.toString('utf8') : '');
const structs = (value: ThriftValue | undefined) => (value as { items: ThriftStruct[] } | undefined)?.items ?? [];

/** Only the columns themselves, not fields nested in them: the schema lists them depth first. */
function renameInSchema(metadata: ThriftStruct, names: ReadonlyMap<string, string>): void {
  const elements = structs(metadata.get(FILE_SCHEMA)?.value);
  let nested = 0;
  for (const element of elements.slice(1)) {
    const name = element.get(SCHEMA_NAME);
    const renamed = nested === 0 && name ? names.get(text(name.value)) : undefined;
    if (name && renamed !== undefined) name.value = Buffer.from(renamed);
    const children = Number(element.get(SCHEMA_CHILDREN)?.value ?? 0);
    nested = Math.max(0, nested - 1) + children;
  }
}

function renameInRowGroups(metadata: ThriftStruct, names: ReadonlyMap<string, string>): void {
  for (const group of structs(metadata.get(FILE_ROW_GROUPS)?.value)) {
    for (const column of structs(group.get(ROW_GROUP_COLUMNS)?.value)) {
      const path = (column.get(COLUMN_META)?.value as ThriftStruct | undefined)?.get(META_PATH)?.value as
        | { items: ThriftValue[] }
        | undefined;
      if (!path) continue;
      const renamed = names.get(text(path.items[0]));
      if (renamed !== undefined) path.items[0] = Buffer.from(renamed);
    }
  }
}

function renameInGeoMetadata(metadata: ThriftStruct, names: ReadonlyMap<string, string>): void {
  for (const pair of structs(metadata.get(FILE_KEY_VALUES)?.value)) {
    const value = pair.get(KEY_VALUE_VALUE);
    if (text(pair.get(KEY_VALUE_KEY)?.value) !== 'geo' || !value) continue;
    const geo = JSON.parse(text(value.value)) as { primary_column: string; columns: Record<string, unknown> };
    const renamed = (name: string) => names.get(name) ?? name;
    geo.primary_column = renamed(geo.primary_column);
    geo.columns = Object.fromEntries(Object.entries(geo.columns).map(([name, column]) => [renamed(name), column]));
    value.value = Buffer.from(JSON.stringify(geo));
  }
}
