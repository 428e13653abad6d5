import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { hashText } from '../store/files.ts';
import { type Entry, sitePath } from './model.ts';

/** A state of another number is thrown away: raise it with every change of what pages or tables look like. */
const FORMAT = 1;

/** One template or product, with what its pages were made of. */
export interface Kept {
  /** A hash of all that its pages are made of. */
  fingerprint: string;
  entry: Entry;
  /** Of each page the hash of what stands there. */
  pages: Record<string, string>;
}

interface SiteState {
  format: number;
  kept: Record<string, Kept>;
  pages: Record<string, string>;
}

/** The folder that a catalogue is written into: pages are replaced one by one, each as a whole, and only where they change. */
export class Site {
  readonly dir: string;
  readonly before: SiteState;
  readonly #made = new Set<string>();
  written = 0;

  private constructor(dir: string, before: SiteState) {
    this.dir = dir;
    this.before = before;
  }

  /** @throws LifecycleError LIF_USAGE for a folder that holds something else */
  static async open(dir: string): Promise<Site> {
    const none: SiteState = { format: FORMAT, kept: {}, pages: {} };
    await mkdir(dir, { recursive: true });
    const text = await readFile(path.join(dir, sitePath.state), 'utf8').catch(() => undefined);
    const state = text === undefined ? undefined : parsed(text);
    if (state) return new Site(dir, state.format === FORMAT ? state : none);
    if ((await readdir(dir)).length > 0) {
      throw new LifecycleError('LIF_USAGE', `${dir} holds something that is no catalogue`, {
        hint: 'name an empty or a new folder with --out',
      });
    }
    // From now on it is one, also if this run is cut off.
    await writeFile(path.join(dir, sitePath.state), JSON.stringify(none));
    return new Site(dir, none);
  }

  /** @param previous hashes of what stands there; @returns the hash of the page */
  put(name: string, page: string, previous: Readonly<Record<string, string>>): string {
    const hash = hashText(page).slice(0, 16);
    if (previous[name] !== hash) this.#replace(name, (file) => writeFileSync(file, page));
    return hash;
  }

  /** A page that is made elsewhere. @returns what stands for its hash */
  copy(name: string, from: string): string {
    this.#replace(name, (file) => copyFileSync(from, file));
    return 'copied';
  }

  /** Ten thousand small files are written faster one after another than by waiting for each. */
  #replace(name: string, write: (file: string) => void): void {
    const file = path.join(this.dir, name);
    const folder = path.dirname(file);
    if (!this.#made.has(folder)) mkdirSync(folder, { recursive: true });
    this.#made.add(folder);
    const fresh = path.join(folder, '.new');
    write(fresh);
    renameSync(fresh, file);
    this.written++;
  }

  /** Takes away pages of what is gone, then keeps the state for the next run. */
  async finish(kept: ReadonlyMap<string, Kept>, pages: Record<string, string>): Promise<void> {
    const standing = new Set([...kept.values()].flatMap((each) => Object.keys(each.pages)));
    const old = Object.values(this.before.kept).flatMap((each) => Object.keys(each.pages));
    for (const name of old) if (!standing.has(name)) await rm(path.join(this.dir, name), { force: true });
    const state: SiteState = { format: FORMAT, kept: Object.fromEntries(kept), pages };
    this.#replace(sitePath.state, (file) => writeFileSync(file, JSON.stringify(state)));
  }
}

function parsed(text: string): SiteState | undefined {
  try {
    const state = JSON.parse(text) as SiteState;
    return typeof state.format === 'number' && typeof state.kept === 'object' ? state : undefined;
  } catch {
    return undefined;
  }
}
