import { comparedData } from '../diff/compared-data.ts';
import { compareTables } from '../diff/diff.ts';
import type { DiffDocument, TableDiff } from '../diff/table-diff.ts';
import { parseTolerances } from '../diff/tolerance.ts';
import type { Settings } from '../settings/settings.ts';
import type { ReferenceScope } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import { Once } from './once.ts';
import { refusePath } from './tables.ts';
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

  constructor(settings: Settings, scope: ReferenceScope & { projectDir: string }, turns: Turns) {
    this.#turns = turns;
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
      const { diff } = await withEngine(this.#settings, signal, (engine) =>
        compareTables(
          engine,
          { before, now },
          {
            ...{ id: tables.length > 1 && id !== null ? id : undefined, key: undefined, templateKey },
            ...{ tolerances: TOLERANCES, limit: LISTED },
          },
        ),
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
}

/** Two versions of the same one are compared with all that they hold; else two tables. */
function wordsOf(a: string, b: string): [string, string, string?] {
  const [first, second] = [a, b].map((text) => /^([^@]+)@(.+)$/s.exec(text));
  if (!first || !second || first[1] !== second[1] || first[1]!.startsWith('builds.')) return [a, b];
  return [first[1]!, second[2]!, first[2]!];
}
