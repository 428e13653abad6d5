import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { ProductId } from '../../ids.ts';
import type { Project } from '../../project/project.ts';
import { closest } from '../../suggest.ts';
import type { FileFact } from '../files.ts';
import type { StoreLayout } from '../layout.ts';
import type { NamedData } from '../reference.ts';
import { SOURCE_DATA_VERSIONS } from './inputs-lock.ts';
import { type BuildRecord, type FinishedBuild, readBuild } from './record.ts';
import { finishedBuilds, partitionKeys } from './survey.ts';

/** A table among the outputs of a finished build. */
export interface NamedOutput {
  kind: 'output';
  product: ProductId;
  partitionKey: string;
  /** The partition's directory. */
  dir: string;
  record: BuildRecord;
  output: FileFact;
}

const PREFIX = 'builds.';
const TABLE = /\.(parquet|csv)$/i;
const CSV = /\.csv$/i;

const withoutEnding = ({ path: file }: FileFact) => file.replace(TABLE, '');

/**
 * `builds.PRODUCT@KEY.OUTPUT`. Without a key the build made last is meant, without an output the only table that it made.
 * Products, keys and outputs may hold points themselves: what stands in the store decides where one ends, and the longest
 * name wins.
 *
 * @returns undefined where the text names no product
 * @throws LifecycleError STO_NO_VERSION, STO_NO_OUTPUT, and what reading the store throws
 */
export async function outputOf(layout: StoreLayout, project: Project, text: string): Promise<NamedData | undefined> {
  if (!text.startsWith(PREFIX)) return undefined;
  const name = text.slice(PREFIX.length);
  const product = longest(project.products, ({ id }) => isHead(id, name, '@.'))?.id;
  if (product === undefined) return undefined;
  const rest = name.slice(product.length);
  const asked = rest.startsWith('@') ? rest.slice(1) : undefined;
  const build =
    asked === undefined ? (await finishedBuilds(layout, product))[0] : await buildNamed(layout, product, asked);
  if (!build) throw noBuild(product, asked, await finishedBuilds(layout, product));
  const wanted = (asked === undefined ? rest : asked.slice(build.key.length)).slice(1);
  return named(product, build, wanted);
}

/** Of the finished builds whose key begins the text, that of the longest; no other is read, for there may be thousands. */
async function buildNamed(layout: StoreLayout, product: ProductId, text: string): Promise<FinishedBuild | undefined> {
  const keys = (await partitionKeys(layout, product)).filter((key) => isHead(key, text, '.'));
  for (const key of keys.sort((a, b) => b.length - a.length)) {
    const build = await readBuild(layout, product, key);
    if (build) return build;
  }
  return undefined;
}

/** Whether `head` is the whole text, or all of it up to one of these characters. */
function isHead(head: string, text: string, ends: string): boolean {
  return text.startsWith(head) && (text.length === head.length || ends.includes(text[head.length]!));
}

function longest<T extends { id: string }>(items: readonly T[], fits: (item: T) => boolean): T | undefined {
  return items.filter(fits).sort((a, b) => b.id.length - a.id.length)[0];
}

function named(product: ProductId, { key, dir, record }: FinishedBuild, wanted: string): NamedData {
  const tables = record.outputs.filter((output) => TABLE.test(output.path));
  // Every build has the list of its inputs; nobody means it who names no table.
  const fits = tables.filter((output) =>
    wanted === '' ? output.path !== SOURCE_DATA_VERSIONS : namesOf(output).includes(wanted),
  );
  // Of the same table in both formats, the one that keeps its types.
  const parquet = new Set(fits.filter((output) => !CSV.test(output.path)).map(withoutEnding));
  const of = fits.filter((output) => !CSV.test(output.path) || !parquet.has(withoutEnding(output)));
  const [output] = of;
  if (!output || of.length > 1) throw noOutput(`${PREFIX}${product}@${key}`, wanted, record.outputs, of);
  return {
    name: `${PREFIX}${product}@${key}.${shortName(output, tables)}`,
    file: path.join(dir, 'output', output.path),
    format: CSV.test(output.path) ? 'csv' : 'parquet',
    fact: output,
    origin: { kind: 'output', product, partitionKey: key, dir, record, output },
  };
}

/** What a file may be called: by its path, its name, and both without the ending. */
function namesOf({ path: file }: FileFact): string[] {
  const base = path.posix.basename(file);
  return [file, base, file.replace(TABLE, ''), base.replace(TABLE, '')];
}

/** The shortest of these that means this file alone. */
function shortName(output: FileFact, tables: readonly FileFact[]): string {
  const names = namesOf(output).toReversed();
  return names.find((name) => tables.every((other) => other === output || !namesOf(other).includes(name))) ?? names[3]!;
}

function noBuild(product: ProductId, asked: string | undefined, builds: readonly FinishedBuild[]): LifecycleError {
  const keys = builds.map(({ key }) => key as string);
  const near = asked === undefined ? undefined : closest(asked, keys);
  const message =
    asked === undefined ? `${product} has no finished build` : `${product} has no finished build ${asked}`;
  return new LifecycleError('STO_NO_VERSION', message, {
    hint:
      keys.length === 0
        ? `make one: lifecycle build ${JSON.stringify(product)} PARTITION_KEY`
        : `${near === undefined ? '' : `did you mean ${near}? `}it has ${keys.slice(0, 8).join(', ')}`,
  });
}

function noOutput(
  build: string,
  wanted: string,
  outputs: readonly FileFact[],
  several: readonly FileFact[],
): LifecycleError {
  const listed = (several.length > 1 ? several : outputs).map((output) => output.path).slice(0, 12);
  const message =
    several.length > 1
      ? `${build} made several tables${wanted === '' ? '' : ` called ${wanted}`}`
      : `${build} made no table${wanted === '' ? '' : ` ${wanted}`}`;
  return new LifecycleError('STO_NO_OUTPUT', message, {
    hint: listed.length === 0 ? 'it made nothing' : `its outputs: ${listed.join(', ')}`,
  });
}
