import { type CopiedFile, KeptCopies } from './kept-copies.ts';
import type { Sessions } from './sessions.ts';
import { prepareTiles, TILES_FORMAT } from './tiles.ts';

/** A table that a map is asked of: a Parquet file. */
export interface MappedTable extends CopiedFile {
  geometry: string;
  crs: string;
}

/** The copies that tiles are made from, under the hash of the file that each was made of: the same file gives the same. */
export class KeptTiles {
  readonly #copies: KeptCopies;
  readonly #sessions: Sessions;

  /** @param dir absolute path of their folder */
  constructor(dir: string, sessions: Sessions) {
    this.#copies = new KeptCopies(dir);
    this.#sessions = sessions;
  }

  /** Absolute path of a table's copy, which is made where there is none. @throws LifecycleError LIF_BAD_DATA_FILE */
  of(table: MappedTable, signal: AbortSignal): Promise<string> {
    const { file, fact, geometry, crs } = table;
    return this.#copies.of(`${fact.sha256}-${TILES_FORMAT}.parquet`, [table], signal, (paths, stop) =>
      this.#sessions.use(stop, (engine) => prepareTiles(engine, { source: file, geometry, crs, ...paths })),
    );
  }
}
