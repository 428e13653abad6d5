import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { Profile } from '../profile/document.ts';
import { keptProfile } from '../profile/kept.ts';
import { profileOf } from '../profile/profile.ts';
import { loadProject } from '../project/load.ts';
import { silentReporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { isPathOfData } from '../store/file-reference.ts';
import { storeLayout } from '../store/layout.ts';
import { type NamedData, type ReferenceScope, relationOf, resolveData } from '../store/reference.ts';
import type { Extent, Rows, Table } from './api.ts';
import { KeptCopies } from './kept-copies.ts';
import { KeptTiles, type MappedTable } from './kept-tiles.ts';
import { Once } from './once.ts';
import { OutputTables } from './output-tables.ts';
import { type RowsWanted, readRows } from './rows.ts';
import { Sessions } from './sessions.ts';
import { assertPlace, extentOf, type TilePlace, tileOf } from './tiles.ts';
import type { Turns } from './turns.ts';

type Named = NamedData & { fact: NonNullable<NamedData['fact']> };

/** Changes with what a copy of a CSV holds. */
const CSV_FORMAT = 1;

/** What a page asks about the tables of the store, by the names that `Table.ref` gives. */
export class Tables {
  readonly #settings: Settings;
  readonly #sessions: Sessions;
  readonly #tiles: KeptTiles;
  readonly #csvs: KeptCopies;
  readonly #outputs: OutputTables;
  readonly #profiles = new Once<Profile>();
  readonly #turns: Turns;

  constructor(settings: Settings, turns: Turns) {
    this.#turns = turns;
    this.#settings = settings;
    this.#sessions = new Sessions(settings);
    const { cache } = storeLayout(settings.storeDir);
    this.#tiles = new KeptTiles(path.join(cache, 'tiles'), this.#sessions);
    this.#csvs = new KeptCopies(path.join(cache, 'tables'));
    this.#outputs = new OutputTables(this.#sessions);
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }

  async rows(ref: string, wanted: RowsWanted, signal: AbortSignal): Promise<Rows> {
    return this.#reading(ref, signal, async (named) => {
      const relation = relationOf(await this.#quick(named, signal));
      return this.#sessions.use(signal, (engine) => readRows(engine, relation, wanted));
    });
  }

  /** Several that ask for the same one wait for one; it may take minutes, and is kept. */
  async profile(ref: string, signal: AbortSignal): Promise<Profile & { name: string }> {
    return this.#reading(ref, signal, async (named) => {
      const kept = await keptProfile(storeLayout(this.#settings.storeDir), named.fact.sha256);
      const profile =
        kept ??
        (await this.#profiles.ask(named.file, signal, (stop) =>
          this.#turns.take(stop, () =>
            profileOf(named, { settings: this.#settings, reporter: silentReporter, signal: stop }),
          ),
        ));
      return { name: named.name, ...profile };
    });
  }

  async extent(ref: string, signal: AbortSignal): Promise<Extent> {
    const extent = await this.#onMap(ref, signal, extentOf);
    if (!extent) throw new LifecycleError('LIF_BAD_DATA_FILE', `no row of ${ref} has a shape`);
    return extent;
  }

  async tile(ref: string, place: TilePlace, signal: AbortSignal): Promise<Uint8Array> {
    assertPlace(place);
    return this.#onMap(ref, signal, (engine, prepared) => tileOf(engine, prepared, place));
  }

  /** The tables among the outputs of a build. */
  outputs(ref: string, dir: string, files: Parameters<OutputTables['of']>[2], signal: AbortSignal): Promise<Table[]> {
    return this.#outputs.of(ref, dir, files, signal);
  }

  /** For all that reads what is kept. */
  get sessions(): Sessions {
    return this.#sessions;
  }

  get scope(): ReferenceScope & { projectDir: string } {
    const { storeDir, projectDir } = this.#settings;
    return { storeDir, projectDir, cwd: storeDir, loadProject: () => loadProject(projectDir) };
  }

  /** @throws LifecycleError LIF_USAGE for a path: who asks over the network gets what the store has published */
  async #named(ref: string): Promise<Named> {
    refusePath(ref);
    const named = await resolveData(this.scope, ref);
    const { fact } = named;
    if (!fact) throw new LifecycleError('LIF_BAD_DATA_FILE', `the record of ${ref} does not tell of its file`);
    return { ...named, fact };
  }

  /** A version may be replaced or removed while it is read: then the new one is read, or it is said that it has gone. */
  async #reading<T>(ref: string, signal: AbortSignal, work: (named: Named) => Promise<T>): Promise<T> {
    const named = await this.#named(ref);
    try {
      return await work(named);
    } catch (error) {
      if (signal.aborted || (error instanceof LifecycleError && error.code !== 'LIF_BAD_DATA_FILE')) throw error;
      return work(await this.#named(ref));
    }
  }

  /** Of a CSV a copy as Parquet: every page of its rows, and every sort, would read all of it twice. */
  async #quick(named: Named, signal: AbortSignal): Promise<Pick<Named, 'file' | 'format'>> {
    if (named.format !== 'csv') return named;
    const name = `${named.fact.sha256}-${CSV_FORMAT}.parquet`;
    const file = await this.#csvs.of(name, [named], signal, async ({ target, unfinished }, stop) => {
      const copy = `COPY (SELECT * FROM ${relationOf(named)}) TO ${literal(unfinished)} (FORMAT parquet)`;
      await this.#sessions.use(stop, (engine) => engine.run(copy));
      await rename(unfinished, target);
    });
    return { file, format: 'parquet' };
  }

  /** @param work is given the absolute path of the table's copy for tiles */
  #onMap<T>(ref: string, signal: AbortSignal, work: (engine: Engine, prepared: string) => Promise<T>): Promise<T> {
    return this.#reading(ref, signal, async (named) => {
      const prepared = await this.#tiles.of(await this.#mapped(named, signal), signal);
      return this.#sessions.use(signal, (engine) => work(engine, prepared));
    });
  }

  async #mapped({ origin, fact, file, format, name }: Named, signal: AbortSignal): Promise<MappedTable> {
    const facts =
      origin.kind === 'version'
        ? origin.dataset
        : format === 'parquet'
          ? await this.#outputs.facts(file, fact, signal)
          : undefined;
    if (!facts || facts.geometry_column === null || facts.crs === null) {
      const what = facts?.geometry_column ? 'shapes in an unknown CRS' : 'no shapes';
      throw new LifecycleError('LIF_BAD_DATA_FILE', `${name} has ${what}, so there is no map of it`);
    }
    return { name, file, fact, geometry: facts.geometry_column, crs: facts.crs };
  }
}

/** @throws LifecycleError LIF_USAGE */
export function refusePath(ref: string): void {
  if (!isPathOfData(ref)) return;
  throw new LifecycleError('LIF_USAGE', 'a table of the store is wanted here, not the path of a file', {
    hint: 'name it as ID@VERSION or builds.PRODUCT@KEY.OUTPUT',
  });
}
