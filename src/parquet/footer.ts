import { open } from 'node:fs/promises';
import { columnsAmong } from './schema-order.ts';
import {
  decodeStruct,
  encodeStruct,
  type ThriftList,
  type ThriftStruct,
  type ThriftValue,
  TYPE,
} from './thrift-compact.ts';

/** Both ends of a parquet file; the footer's length stands before the last one (parquet-format, README). */
const MAGIC = 'PAR1';
const TRAILER_BYTES = 8;

/** Field numbers of parquet.thrift. */
const FILE_SCHEMA = 2;
const FILE_ROW_GROUPS = 4;
const FILE_KEY_VALUES = 5;
const SCHEMA_NAME = 4;
const SCHEMA_CHILDREN = 5;
const SCHEMA_CONVERTED_TYPE = 6;
const SCHEMA_LOGICAL_TYPE = 10;
const LOGICAL_TIMESTAMP = 8;
const TIMESTAMP_IS_ADJUSTED_TO_UTC = 1;
const ROW_GROUP_COLUMNS = 1;
const COLUMN_META = 3;
const META_PATH = 3;
const KEY_VALUE_KEY = 1;
const KEY_VALUE_VALUE = 2;

/**
 * Gives the columns of a parquet file other names. For names that differ by case alone, which DuckDB cannot write.
 *
 * @param names by the names in the file
 */
export function renameColumns(file: string, names: ReadonlyMap<string, string>): Promise<void> {
  return editFooter(file, (metadata) => {
    for (const { name, value } of columnsOf(metadata)) {
      const renamed = names.get(name);
      if (renamed !== undefined) value.get(SCHEMA_NAME)!.value = Buffer.from(renamed);
    }
    renameInRowGroups(metadata, names);
    renameInGeoMetadata(metadata, names);
  });
}

/** Takes the logical types off columns, by their names, so that they are read as the integers that they are stored as. */
export function dropLogicalTypes(file: string, columns: ReadonlySet<string>): Promise<void> {
  return editFooter(file, (metadata) => {
    for (const { name, value } of columnsOf(metadata)) {
      if (!columns.has(name)) continue;
      value.delete(SCHEMA_LOGICAL_TYPE);
      value.delete(SCHEMA_CONVERTED_TYPE);
    }
  });
}

/** Marks timestamps, by their names in the file, as instants: DuckDB has no instants of nanoseconds to write. */
export function markAsInstants(file: string, columns: ReadonlySet<string>): Promise<void> {
  return editFooter(file, (metadata) => {
    for (const { name, value } of columnsOf(metadata)) {
      if (!columns.has(name)) continue;
      const logical = value.get(SCHEMA_LOGICAL_TYPE)?.value as ThriftStruct | undefined;
      const timestamp = logical?.get(LOGICAL_TIMESTAMP)?.value as ThriftStruct | undefined;
      if (!timestamp) throw new Error(`the column ${name} of ${file} is no timestamp`);
      timestamp.get(TIMESTAMP_IS_ADJUSTED_TO_UTC)!.value = true;
    }
  });
}

/** Gives a file GeoParquet metadata, in the place of such as it has. */
export function setGeoMetadata(file: string, geo: unknown): Promise<void> {
  return editFooter(file, (metadata) => {
    const old = metadata.get(FILE_KEY_VALUES)?.value as ThriftList | undefined;
    const others = structs(old).filter((pair) => !isGeo(pair));
    const pair: ThriftStruct = new Map([
      [KEY_VALUE_KEY, { type: TYPE.binary, value: Buffer.from('geo') }],
      [KEY_VALUE_VALUE, { type: TYPE.binary, value: Buffer.from(JSON.stringify(geo)) }],
    ]);
    const pairs = { type: TYPE.list, value: { type: TYPE.struct, items: [...others, pair] } };
    // Fields stand in the order of their numbers.
    const fields = [...metadata].filter(([number]) => number !== FILE_KEY_VALUES);
    const all = [...fields, [FILE_KEY_VALUES, pairs] as const].toSorted(([a], [b]) => a - b);
    metadata.clear();
    for (const [number, field] of all) metadata.set(number, field);
  });
}

/** Changes what a parquet file says of itself; no data page is touched. */
async function editFooter(file: string, edit: (metadata: ThriftStruct) => void): Promise<void> {
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
    edit(metadata);
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

/** The columns' elements of the schema. */
function columnsOf(metadata: ThriftStruct): { name: string; value: ThriftStruct }[] {
  const elements = structs(metadata.get(FILE_SCHEMA)?.value).slice(1);
  return columnsAmong(elements, (element) => Number(element.get(SCHEMA_CHILDREN)?.value ?? 0)).map((value) => ({
    name: text(value.get(SCHEMA_NAME)?.value),
    value,
  }));
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

const isGeo = (pair: ThriftStruct) => text(pair.get(KEY_VALUE_KEY)?.value) === 'geo';

function renameInGeoMetadata(metadata: ThriftStruct, names: ReadonlyMap<string, string>): void {
  for (const pair of structs(metadata.get(FILE_KEY_VALUES)?.value)) {
    const value = pair.get(KEY_VALUE_VALUE);
    if (!isGeo(pair) || !value) continue;
    const geo = JSON.parse(text(value.value)) as { primary_column: string; columns: Record<string, unknown> };
    const renamed = (name: string) => names.get(name) ?? name;
    geo.primary_column = renamed(geo.primary_column);
    geo.columns = Object.fromEntries(Object.entries(geo.columns).map(([name, column]) => [renamed(name), column]));
    value.value = Buffer.from(JSON.stringify(geo));
  }
}
