import path from 'node:path';
import { comparedData } from '../diff/compared-data.ts';
import { compareTables, type DiffOptions } from '../diff/diff.ts';
import type { DiffDocument, TableDiff } from '../diff/table-diff.ts';
import { parseTolerances } from '../diff/tolerance.ts';
import { LifecycleError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { hashText } from '../store/files.ts';
import { storeLayout } from '../store/layout.ts';
import type { ReferenceScope } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import type { Extent } from './api.ts';
import { CHANGE_TILES_FORMAT, KIND, prepareChangeTiles } from './change-tiles.ts';
import { KeptCopies } from './kept-copies.ts';
import { Once } from './once.ts';
import type { Sessions } from './sessions.ts';
import { refusePath } from './tables.ts';
import { assertPlace, extentOf, type TilePlace, tileOf } from './tiles.ts';
import type { Turns } from './turns.ts';

/** Rows of each kind that a page lists. */
const LISTED = 100;
const TOLERANCES = parseTolerances([], false);

/** How two versions, builds or tables differ. */
export class Comparisons {
  readonly #settings: Settings;
  readonly #scope: ReferenceScope & { projectDir: string };
  readonly #running = new Once<DiffDocument>();
  readonly #turns: Turns;

  readonly #maps: KeptCopies;
  readonly #sessions: Sessions;

  constructor(
    settings: Settings,
    scope: ReferenceScope & { projectDir: string },
    { turns, sessions }: { turns: Turns; sessions: Sessions },
  ) {
    this.#turns = turns;
    this.#sessions = sessions;
    this.#maps = new KeptCopies(path.join(storeLayout(settings.storeDir).cache, 'changes'));
    this.#settings = settings;
    this.#scope = scope;
  }

  /** @param a the earlier, as `ID@VERSION`, `PRODUCT@KEY` or the name of one table */
  of(a: string, b: string, signal: AbortSignal): Promise<DiffDocument> {
    return this.#running.ask(JSON.stringify([a, b]), signal, (stop) =>
      this.#turns.take(stop, () => this.#compare(a, b, stop)),
    );
  }

  async #compare(a: string, b: string, signal: AbortSignal): Promise<DiffDocument> {
    for (const name of [a, b]) refusePath(name);
    const { names, tables, only, files } = await comparedData(this.#scope, wordsOf(a, b));
    const compared: TableDiff[] = [];
    for (const { id, before, now, templateKey } of tables) {
      signal.throwIfAborted();
      const options = optionsOf(tables.length > 1 && id !== null ? id : undefined, templateKey);
      const { diff } = await withEngine(this.#settings, signal, (engine) =>
        compareTables(engine, { before, now }, options),
      );
      compared.push(diff);
    }
    const equal =
      compared.every((table) => table.equal) &&
      only.before.length + only.now.length === 0 &&
      files.every(({ state }) => state === 'equal');
    return {
      ...{ format: 1, ...names, equal, tables: compared },
      ...{ only_before: only.before, only_now: only.now, files },
    };
  }

  /**
   * What the changed rows of one table cover; undefined where no row with a shape has changed.
   *
   * @param table the id of the dataset or output, where there are several
   */
  async extent(a: string, b: string, table: string | undefined, signal: AbortSignal): Promise<Extent | undefined> {
    const prepared = await this.#mapOf(a, b, table, signal);
    return this.#sessions.use(signal, (engine) => extentOf(engine, prepared));
  }

  /** A tile of the changed rows, each with its `kind`. */
  async tile(
    a: string,
    b: string,
    table: string | undefined,
    place: TilePlace,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    assertPlace(place);
    const prepared = await this.#mapOf(a, b, table, signal);
    return this.#sessions.use(signal, (engine) => tileOf(engine, prepared, place, KIND));
  }

  /** Absolute path of the shapes of what changed, under the hashes of both files. */
  async #mapOf(a: string, b: string, table: string | undefined, signal: AbortSignal): Promise<string> {
    for (const name of [a, b]) refusePath(name);
    const { tables } = await comparedData(this.#scope, wordsOf(a, b));
    const { id, before, now, templateKey } = chosen(tables, table);
    const originals = [before, now].map(({ name, file, fact }) => {
      if (fact) return { name, file, fact };
      throw new LifecycleError('LIF_BAD_DATA_FILE', `the record of ${name} does not tell of its file`);
    });
    const hashes = originals.map(({ fact }) => fact.sha256);
    const options = optionsOf(tables.length > 1 && id !== null ? id : undefined, templateKey);
    // The key that the template declares decides which rows belong together.
    const how = hashText(JSON.stringify(options.templateKey ?? null)).slice(0, 8);
    const name = `${hashes.join('-')}-${how}-${CHANGE_TILES_FORMAT}.parquet`;
    return this.#maps.of(name, originals, signal, (paths, stop) =>
      this.#turns.take(stop, () =>
        withEngine(this.#settings, stop, async (engine) =>
          prepareChangeTiles(engine, await compareTables(engine, { before, now }, { ...options, limit: 0 }), paths),
        ),
      ),
    );
  }
}

const optionsOf = (id: string | undefined, templateKey: readonly string[] | undefined): DiffOptions => ({
  ...{ id, key: undefined, templateKey },
  ...{ tolerances: TOLERANCES, limit: LISTED },
});

/** @throws LifecycleError LIF_USAGE */
function chosen<T extends { id: string | null }>(tables: readonly T[], wanted: string | undefined): T {
  const [only, ...others] = wanted === undefined ? tables : tables.filter(({ id }) => id === wanted);
  if (only && others.length === 0) return only;
  const names = tables.flatMap(({ id }) => id ?? []);
  throw new LifecycleError('LIF_USAGE', wanted === undefined ? 'say which table' : 'there is no such table in both', {
    hint: names.length > 0 ? `they are ${names.join(', ')}` : 'the two share none',
  });
}

/** Two versions of the same one are compared with all that they hold; else two tables. */
function wordsOf(a: string, b: string): [string, string, string?] {
  const [first, second] = [a, b].map((text) => /^([^@]+)@(.+)$/s.exec(text));
  if (!first || !second || first[1] !== second[1] || first[1]!.startsWith('builds.')) return [a, b];
  return [first[1]!, second[2]!, first[2]!];
}
