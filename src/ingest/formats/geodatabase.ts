import path from 'node:path';
import { extractZip, listZip } from '../../archive/archive.ts';
import { filesOfZip, innerArchiveHint, someNames } from '../../archive/contents.ts';
import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Crs } from '../../relation/crs.ts';
import type { Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { exactMoments, type GdbLayer, isTimeInUtc, itemsTable, layersOf, oldLayers } from './geodatabase/catalogue.ts';
import { layerCrs } from './geodatabase/crs.ts';
import { stageTable } from './geodatabase/rows.ts';
import { GdbTable, tableName } from './geodatabase/table.ts';
import { type StagedLayer, stagedRelation } from './staged/relation.ts';
import type { StagedRows } from './staged/rows.ts';

export async function read(
  file: string,
  format: FormatArguments<'geodatabase'>,
  context: FormatContext,
): Promise<Relation> {
  const accept = (layer: GdbLayer, crs: Crs | undefined) => requireCrs(layer, crs, format.crs);
  return stagedRelation(context.engine, await stageGeodatabase(file, { ...format, accept }, context));
}

/**
 * A layer of a zipped file geodatabase, read by ourselves: GDAL dies over damaged files, takes their errors for the end
 * and, as DuckDB carries it, does not know all types of fields (ADR 18). Of the archive only the tables that are read
 * are unpacked.
 *
 * @param wanted the folder in the archive and the layer, each where it is given; `accept` may refuse its CRS by an error
 * @throws LifecycleError ING_*
 */
export async function stageGeodatabase(
  file: string,
  wanted: {
    unzipped_filename?: unknown;
    layer?: unknown;
    accept?: (layer: GdbLayer, crs: Crs | undefined) => void;
  },
  context: FormatContext,
): Promise<StagedLayer> {
  const { folder, members, described } = await contentsOf(file, wanted.unzipped_filename, context);
  const archive = new GdbArchive(file, folder, context);
  const layer = chooseLayer(presentOf(described, members, folder, context), described, wanted.layer, context);
  await archive.unpack(layer.number);
  return withTable(archive.dir, layer.number, async (table) => {
    const geometry = table.fields.find(({ type }) => type === 'geometry');
    const crs = geometry && (await layerCrs(layer, geometry.grid?.wkt ?? '', context));
    if (geometry) wanted.accept?.(layer, crs);
    const staged = await stageTable(table, exactMoments(layer.definition), context);
    if (staged.columns.length === 0)
      throw new LifecycleError('ING_NO_COLUMNS', `layer ${layer.name} has neither fields nor a geometry`, {
        hint: 'check the layer at its source, or name another one with `layer` in file_format',
      });
    await context.engine.load('spatial');
    return {
      staged,
      geometry: geometry && { name: geometry.name || 'geom', crs },
      instants: instantsOf(table, staged, isTimeInUtc(layer.definition)),
    };
  });
}

/** What a geodatabase in an archive holds. */
interface Contents {
  /** Where it lies in the archive. */
  folder: string;
  /** The names of all files of the archive. */
  members: ReadonlySet<string>;
  /** All layers that it lists, also those whose tables are not in it. */
  described: readonly GdbLayer[];
}

/** By session and place: datasets of one archive have a layer each, and need not each look through all of it. */
const contents = new WeakMap<Engine, Map<string, Promise<Contents>>>();

function contentsOf(file: string, named: unknown, context: FormatContext): Promise<Contents> {
  const known = contents.get(context.engine) ?? new Map<string, Promise<Contents>>();
  contents.set(context.engine, known);
  const key = JSON.stringify([file, named]);
  const found = known.get(key) ?? readContents(file, named, context);
  known.set(key, found);
  return found;
}

async function readContents(file: string, named: unknown, context: FormatContext): Promise<Contents> {
  const folder = await findGeodatabase(file, named);
  const archive = new GdbArchive(file, folder, context);
  await archive.unpack(1);
  const { items, tables } = await itemsTable(archive.dir);
  if (items !== undefined) await archive.unpack(items);
  const described =
    items === undefined ? oldLayers(tables) : await withTable(archive.dir, items, (table) => layersOf(table, tables));
  if (!described)
    throw new LifecycleError('ING_BAD_FILE', 'the geodatabase does not say which tables are its layers', {
      hint: 'it is not whole: fetch it again, or tell the owner of the source',
    });
  const members = new Set((await listZip(file, context.limits)).map(({ name }) => name));
  return { folder, members, described };
}

/** Layers whose tables are in the archive; of some there are only compressed ones, which nobody else can read. */
function presentOf(
  layers: readonly GdbLayer[],
  members: ReadonlySet<string>,
  folder: string,
  { reporter }: FormatContext,
): GdbLayer[] {
  const has = ({ number }: GdbLayer, ending: string) =>
    members.has(path.posix.join(folder, `${tableName(number)}.${ending}`));
  const packed = layers.filter((layer) => has(layer, 'gdbtable.cdf') || has(layer, 'gdbtable.sdc'));
  if (packed.length > 0) {
    const names = packed.map(({ name }) => name).join(', ');
    reporter.log('warning', `compressed tables cannot be read: ${names}`);
  }
  return layers.filter((layer) => has(layer, 'gdbtable') && !packed.includes(layer));
}

function requireCrs(layer: GdbLayer, crs: Crs | undefined, declared: string): void {
  const actual = crs?.code;
  if (actual === declared) return;
  throw new LifecycleError(
    'ING_WRONG_CRS',
    `layer ${layer.name} is in ${actual ?? 'an unknown CRS'}, not in ${declared} as the template says`,
    { hint: actual ? `write crs: ${actual} in file_format` : 'check the layer at its source' },
  );
}

async function withTable<T>(dir: string, number: number, work: (table: GdbTable) => Promise<T>): Promise<T> {
  const table = await GdbTable.open(dir, number);
  try {
    return await work(table);
  } finally {
    await table.close();
  }
}

/** Columns of moments that are instants: those with an offset, and of a layer that says so the others. */
function instantsOf(table: GdbTable, staged: StagedRows, isUtc: boolean): Set<string> {
  const instants = table.fields.filter(({ type }) => type === 'momentWithOffset' || (type === 'moment' && isUtc));
  // Of what is null throughout pandas knows no zone.
  const empty = new Set(staged.columns.filter(({ nulls }) => nulls === staged.rows).map(({ name }) => name));
  return new Set(instants.map(({ name }) => name).filter((name) => !empty.has(name)));
}

/** A geodatabase in a zip, of which tables are unpacked as they are needed. */
class GdbArchive {
  readonly #file: string;
  readonly #folder: string;
  readonly #context: FormatContext;
  readonly #into: string;

  constructor(file: string, folder: string, context: FormatContext) {
    this.#file = file;
    this.#folder = folder;
    this.#context = context;
    this.#into = path.join(context.workDir, 'geodatabase');
  }

  /** Where the tables are once they are unpacked. */
  get dir(): string {
    return path.join(this.#into, this.#folder);
  }

  async unpack(number: number): Promise<void> {
    const names = ['gdbtable', 'gdbtablx'].map((ending) =>
      path.posix.join(this.#folder, `${tableName(number)}.${ending}`),
    );
    await extractZip(this.#file, this.#into, { ...this.#context, only: (name) => names.includes(name) });
  }
}

/** @param described all that the geodatabase lists, also those whose tables are not in it */
function chooseLayer(
  layers: readonly GdbLayer[],
  described: readonly GdbLayer[],
  wanted: unknown,
  context: FormatContext,
): GdbLayer {
  const names = layers.map((layer) => layer.name).join(', ');
  if (wanted === undefined || wanted === null) {
    const [first] = layers;
    if (!first && described[0]) throw withoutTable(described[0]);
    if (!first) {
      throw new LifecycleError('ING_FILE_NOT_FOUND', 'the geodatabase has no layers', {
        hint: 'check the file at its source',
      });
    }
    if (layers.length > 1) {
      context.reporter.log('warning', `the template names no layer; ${first.name} is read of ${names}`);
    }
    return first;
  }
  const layer = named(layers, String(wanted));
  if (layer) return layer;
  const listed = named(described, String(wanted));
  if (listed) throw withoutTable(listed);
  throw new LifecycleError('ING_FILE_NOT_FOUND', `the geodatabase has no layer ${JSON.stringify(wanted)}`, {
    hint: `its layers are ${names || 'none'}`,
  });
}

/** As GDAL looks layers up: by the name as it is written, else in any letter case. */
function named(layers: readonly GdbLayer[], name: string): GdbLayer | undefined {
  return (
    layers.find((candidate) => candidate.name === name) ??
    layers.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  );
}

function withoutTable({ name, number }: GdbLayer): LifecycleError {
  const table = `${tableName(number)}.gdbtable`;
  return new LifecycleError(
    'ING_BAD_FILE',
    `the geodatabase lists layer ${JSON.stringify(name)}, and has no ${table}`,
    {
      hint: 'it is not whole, or the layer is compressed: fetch it again, or ask its owner for one that is neither',
    },
  );
}

/** The table of tables that every file geodatabase holds. */
const CATALOGUE = 'a00000001.gdbtable';

/** The folder of the archive that is a geodatabase: the one that is named, or the only one. */
async function findGeodatabase(archive: string, named: unknown): Promise<string> {
  const members = (await filesOfZip(archive)).map((entry) => entry.name);
  const folders = members
    .filter((name) => path.posix.basename(name) === CATALOGUE)
    .map((name) => path.posix.dirname(name));
  const found = folders.map((folder) => (folder === '.' ? '' : folder));
  // An archive that is named has been unpacked before: this is it.
  const isFolder = typeof named === 'string' && !named.toLowerCase().endsWith('.zip');
  const wanted = isFolder ? found.filter((folder) => folder === named.replace(/\/$/, '')) : found;
  if (wanted.length === 1) return wanted[0]!;
  const hint =
    found.length > 0
      ? `the archive holds ${found.map((folder) => JSON.stringify(folder)).join(', ')}: name one with unzipped_filename in file_format`
      : (innerArchiveHint(members) ?? `the archive holds ${someNames(members)}`);
  const what = isFolder
    ? `no geodatabase ${JSON.stringify(named)}`
    : found.length === 0
      ? 'no geodatabase'
      : 'several geodatabases';
  throw new LifecycleError('ING_FILE_NOT_FOUND', `there ${found.length > 1 ? 'are' : 'is'} ${what} in the archive`, {
    hint,
  });
}
