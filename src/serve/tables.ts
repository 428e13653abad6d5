import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../engine/engine.ts';
import { loadProject } from '../project/load.ts';
import type { Settings } from '../settings/settings.ts';
import { type NamedData, relationOf, resolveData } from '../store/reference.ts';
import type { Rows } from './api.ts';
import { type RowsWanted, readRows } from './rows.ts';

/** Asks DuckDB about tables of the store. Sessions are few, since each may take the memory that it is given. */
export class Tables {
  readonly #settings: Settings;
  readonly #cacheDir: string;
  #engine: Promise<Engine> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#cacheDir = path.join(settings.storeDir, '.cache');
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    (await this.#engine)?.close();
  }

  async named(ref: string): Promise<NamedData> {
    const { storeDir, projectDir } = this.#settings;
    return resolveData({ storeDir, cwd: storeDir, loadProject: () => loadProject(projectDir) }, ref);
  }

  async rows(ref: string, wanted: RowsWanted): Promise<Rows> {
    const named = await this.named(ref);
    return this.#inTurn((engine) => readRows(engine, relationOf(named), wanted));
  }

  /** A session runs one statement after another. */
  #inTurn<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const mine = this.#last.catch(() => {}).then(async () => work(await this.#session()));
    this.#last = mine;
    return mine;
  }

  async #session(): Promise<Engine> {
    this.#engine ??= (async () => {
      const temporaryDir = path.join(this.#cacheDir, 'duckdb');
      await mkdir(temporaryDir, { recursive: true });
      const engine = await Engine.open({ venvDir: this.#settings.venvDir, temporaryDir });
      await engine.load('spatial');
      return engine;
    })();
    return this.#engine;
  }
}
