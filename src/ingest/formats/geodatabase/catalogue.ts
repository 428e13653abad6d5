import { GdbTable } from './table.ts';
import { textsOf } from './texts.ts';

/** A table that people see: a feature class, or one without geometry. */
export interface GdbLayer {
  name: string;
  /** Of its files, from 1. */
  number: number;
  /** What the geodatabase says of it, as XML; undefined for a table that it does not list. */
  definition: string | undefined;
  /** The same of the feature dataset that it lies in, whose coordinate system counts. */
  datasetDefinition: string | undefined;
}

/** The first table: it lists all, by their object ids. */
const CATALOGUE = 1;
/** The table that describes those that people made. */
const ITEMS = 'GDB_Items';

/** The number of the table that describes the others; undefined in geodatabases of before version 10. */
export async function itemsTable(folder: string): Promise<{ items: number | undefined; tables: Map<string, number> }> {
  const tables = new Map<string, number>();
  const table = await GdbTable.open(folder, CATALOGUE);
  try {
    for (const { objectId, values } of await textsOf(table, ['Name'])) {
      const [name] = values;
      if (name) tables.set(name, objectId);
    }
  } finally {
    await table.close();
  }
  return { items: tables.get(ITEMS), tables };
}

const DESCRIBES_LAYER = /DEFeatureClassInfo|DETableInfo/;

/** The layers in the order in which GDAL lists them: those that are described, then others by their names. */
export async function layersOf(items: GdbTable, tables: ReadonlyMap<string, number>): Promise<GdbLayer[]> {
  const rows = await textsOf(items, ['Name', 'Path', 'Definition']);
  const datasets = new Map<string, string>();
  for (const { values } of rows) {
    const [, path, definition] = values;
    if (path && definition?.includes('DEFeatureDataset')) datasets.set(path, definition);
  }
  const left = new Map(tables);
  const layers: GdbLayer[] = [];
  for (const { values } of rows) {
    const [name, path, definition] = values;
    if (!name || !definition) continue;
    if (definition.includes('DERasterDataset'))
      for (const prefix of ['', 'fras_ras_', 'fras_aux_', 'fras_bnd_', 'fras_blk_']) left.delete(`${prefix}${name}`);
    const number = left.get(name);
    if (number === undefined || !DESCRIBES_LAYER.test(definition)) continue;
    left.delete(name);
    const parent = path?.slice(0, Math.max(0, path.lastIndexOf('\\')));
    layers.push({ name, number, definition, datasetDefinition: parent ? datasets.get(parent) : undefined });
  }
  return [...layers, ...plainLayers(left)];
}

/** Tables that are described nowhere, by their names: the geodatabase's own ones are none of them. */
function plainLayers(tables: ReadonlyMap<string, number>): GdbLayer[] {
  return [...tables]
    .filter(([name]) => !/^GDB_/i.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, number]) => ({ name, number, definition: undefined, datasetDefinition: undefined }));
}

/** The layers of a geodatabase of before version 10, which describes them otherwise; undefined for one that is none. */
export function oldLayers(tables: ReadonlyMap<string, number>): GdbLayer[] | undefined {
  return tables.has('GDB_FeatureClasses') && tables.has('GDB_ObjectClasses') ? plainLayers(tables) : undefined;
}

/** The text of the first element of a name, in a piece of XML that a geodatabase holds. */
export function elementText(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^<>]*)?>([^<]*)</`).exec(xml) ?? [];
  return text
    ?.replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&');
}

/** Whether the moments of a layer are instants; else they are what a clock showed. */
export function isTimeInUtc(definition: string | undefined): boolean {
  return definition !== undefined && elementText(definition, 'IsTimeInUTC')?.toLowerCase() === 'true';
}

/** Fields whose moments keep parts of a second. */
export function exactMoments(definition: string | undefined): Set<string> {
  // Not by one pattern, which would take ages over text that is made to be so.
  const pieces = definition?.split('</GPFieldInfoEx>').slice(0, -1) ?? [];
  const fields = pieces.map((piece) => piece.slice(Math.max(0, piece.lastIndexOf('<GPFieldInfoEx'))));
  const exact = fields.filter((field) => elementText(field, 'HighPrecision')?.toLowerCase() === 'true');
  return new Set(exact.flatMap((field) => elementText(field, 'Name') ?? []));
}
