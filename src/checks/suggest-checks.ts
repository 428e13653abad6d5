import type { Engine } from '../engine/engine.ts';
import { wantedIn } from '../project/dataset-checks.ts';
import { type CheckedFile, checkFile } from './check-file.ts';
import { type ColumnFacts, factsOf } from './statistics.ts';
import { type SeenVersion, type Suggestion, suggestionsFor } from './suggest.ts';

/** A published version of a dataset. */
export interface PublishedFile {
  version: string;
  created: string;
  file: string;
  columns: readonly string[];
  geometryColumn: string | null;
}

/** Columns of which it is asked whether they are a key. */
const KEYS_TRIED = 5;

/**
 * Looks at all versions of a dataset and gives the checks that each of them passes. Whatever fails on one of them when it
 * is carried out as a template would have it is left out, so that none of them would have been stopped.
 *
 * @param versions the newest first
 */
export async function suggestChecks(
  engine: Engine,
  versions: readonly PublishedFile[],
  signal: AbortSignal,
): Promise<{ suggestions: Suggestion[]; columns: readonly ColumnFacts[] }> {
  const seen: SeenVersion[] = [];
  for (const { version, created, file, columns } of versions) {
    signal.throwIfAborted();
    const facts = await factsOf(engine, file, columns);
    seen.push({ version, created, rows: facts[0]?.rows ?? 0, columns: facts });
  }
  const tried = [...keysAmong(seen), ...suggestionsFor(seen)];
  const failed = new Set<Suggestion>();
  for (const published of versions) {
    signal.throwIfAborted();
    for (const each of await failing(engine, published, tried)) failed.add(each);
  }
  const passing = tried.filter((each) => !failed.has(each));
  // One key is enough; several columns that say so would be one key together.
  const [key] = passing.filter(({ check }) => check === 'is_primary_key');
  const order = seen[0]?.columns.map(({ name }) => name) ?? [];
  const suggestions = passing.filter((each) => each.check !== 'is_primary_key' || each === key);
  const place = ({ column }: Suggestion) => (column === null ? order.length : order.indexOf(column));
  return { suggestions: suggestions.toSorted((a, b) => place(a) - place(b)), columns: seen[0]?.columns ?? [] };
}

function keysAmong(seen: readonly SeenVersion[]): Suggestion[] {
  const [newest] = seen;
  const isKey = (facts: ColumnFacts | undefined) =>
    facts !== undefined &&
    facts.rows > 1 &&
    facts.nulls === 0 &&
    facts.distinct > facts.rows * 0.85 &&
    facts.type !== 'DOUBLE' &&
    facts.type !== 'FLOAT';
  return (newest?.columns ?? [])
    .filter(
      ({ name, kind }) =>
        (kind === 'text' || kind === 'number') &&
        seen.every(({ columns }) => isKey(columns.find((each) => each.name === name))),
    )
    .slice(0, KEYS_TRIED)
    .map(({ name }) => ({ column: name, check: 'is_primary_key', evidence: 'every value stands once' }));
}

/** Those that fail on one version. Each is looked at as if it stood alone. */
async function failing(engine: Engine, published: PublishedFile, tried: readonly Suggestion[]): Promise<Suggestion[]> {
  const { file, columns, geometryColumn, created } = published;
  const look = async (some: readonly Suggestion[]) => {
    const wanted = some.flatMap(({ column, check }) => wantedIn([check], column));
    const given: CheckedFile = { file, columns, geometryColumn, declared: [], wanted };
    const results = await checkFile(engine, given, {
      now: created,
      placeOf: () => null,
      latest: () => Promise.reject(new Error('not asked')),
    });
    return some.filter((_, i) => results[i]!.status !== 'passed');
  };
  const isKey = ({ check }: Suggestion) => check === 'is_primary_key';
  // What compares with the version before is settled by the columns alone.
  const failed = await look(tried.filter((each) => !isKey(each) && each.check !== 'same_columns'));
  for (const key of tried.filter(isKey)) failed.push(...(await look([key])));
  return failed;
}
