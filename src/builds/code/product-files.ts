import { type Dirent, existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from '../../in-parallel.ts';
import { TEMPLATES_FOLDER } from '../../project/load-template.ts';
import { PRODUCTS_FILE } from '../../project/products.ts';
import type { Product } from '../../project/project.ts';
import type { Settings } from '../../settings/settings.ts';
import { hashOfFile } from './file-hash.ts';
import { git } from './git.ts';
import { type IgnoreFile, isCache, isDerived, isIgnored, readIgnoreFile } from './ignore-rules.ts';

/** The files that a product's build may depend on, as they are now. */
export interface ProductFiles {
  /** Mode and content by path relative to the folder, with `/`. */
  files: Map<string, string>;
  /** Which of them git keeps; undefined where the folder is in no checkout. */
  tracked: ReadonlySet<string> | undefined;
}

const AT_ONCE = 8;

/** Where a product's commands run, and so what they find: its folder, or the project for a product without one. */
export function codeFolder({ projectDir }: Settings, { dir }: Pick<Product, 'dir'>): string {
  return existsSync(dir) ? dir : projectDir;
}

/**
 * The files of a product: in a git checkout those that git keeps or would keep, as they are on disk; else all
 * that no .gitignore excludes. Never the store, Airflow's home, or what tools keep for themselves.
 */
export async function productFiles(settings: Settings, dir: string): Promise<ProductFiles> {
  const folder = new Folder(settings, dir);
  return (await folder.fromGit()) ?? folder.fromDisk();
}

class Folder {
  readonly #settings: Settings;
  readonly #dir: string;
  readonly #except: string[];
  readonly #hashes = new Map<string, string>();

  constructor(settings: Settings, dir: string) {
    this.#settings = settings;
    this.#dir = dir;
    // Of products.yml a product's own entry counts, and is looked at by itself; no build reads a template.
    const known = [PRODUCTS_FILE, TEMPLATES_FOLDER].map((name) => path.join(settings.projectDir, name));
    this.#except = [settings.storeDir, settings.airflowHome, settings.venvDir, ...known];
  }

  #excludes(file: string): boolean {
    const absolute = path.join(this.#dir, file);
    return this.#except.some((each) => absolute === each || absolute.startsWith(`${each}${path.sep}`));
  }

  async fromGit(): Promise<ProductFiles | undefined> {
    const [index, changed, others] = await Promise.all([
      git(this.#settings, this.#dir, 'ls-files', '-s', '-z'),
      git(this.#settings, this.#dir, 'ls-files', '-m', '-z'),
      git(this.#settings, this.#dir, 'ls-files', '-o', '--exclude-standard', '-z'),
    ]);
    if (index === undefined || changed === undefined || others === undefined) return undefined;
    const modified = new Set(changed.split('\0'));
    const untracked = others.split('\0').filter((file) => file !== '' && !isCachePath(file));
    const tracked = new Set<string>();
    const toRead: string[] = [...untracked];
    for (const line of index.split('\0')) {
      const [, mode, hash, file] = /^(\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(line) ?? [];
      if (file === undefined || isDerived(file) || this.#excludes(file)) continue;
      tracked.add(file);
      // What git knows of an unchanged file is its content; of links and of checkouts within it is not all.
      if (modified.has(file) || !mode!.startsWith('100')) toRead.push(file);
      else this.#hashes.set(file, `${mode} ${hash}`);
    }
    // A folder that a checkout around it ignores is not kept by git at all.
    if (tracked.size === 0 && untracked.length === 0) return undefined;
    await this.#read(toRead.filter((file) => !this.#excludes(file)));
    return { files: sorted(this.#hashes), tracked };
  }

  async fromDisk(): Promise<ProductFiles> {
    const above: IgnoreFile[] = [];
    const root = this.#settings.projectDir;
    const inside = this.#dir.startsWith(`${root}${path.sep}`) ? path.relative(root, this.#dir).split(path.sep) : [];
    for (let i = 0; i < inside.length; i++) {
      const ignore = await readIgnoreFile(path.join(root, ...inside.slice(0, i)));
      if (ignore) above.push(ignore);
    }
    await this.#read(await this.#walk(this.#dir, '', above));
    return { files: sorted(this.#hashes), tracked: undefined };
  }

  /** Files below a folder, as paths that begin with `prefix`. */
  async #walk(dir: string, prefix: string, above: readonly IgnoreFile[]): Promise<string[]> {
    const entries: Dirent[] = await readdir(dir, { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map((entry) => entry.name));
    const own = names.has('.gitignore') ? await readIgnoreFile(dir) : undefined;
    const ignoreFiles = own ? [...above, own] : above;
    const found: string[] = [];
    for (const entry of entries) {
      const place = path.join(dir, entry.name);
      const file = `${prefix}${entry.name}`;
      if (isCache(entry.name, names) || this.#excludes(file)) continue;
      if (isIgnored(place, entry.isDirectory(), ignoreFiles)) continue;
      if (entry.isDirectory()) found.push(...(await this.#walk(place, `${file}/`, ignoreFiles)));
      else found.push(file);
    }
    return found;
  }

  async #read(files: readonly string[]): Promise<void> {
    await inParallel(files, AT_ONCE, async (file) => {
      const place = path.join(this.#dir, file);
      const hash = await hashOfFile(place);
      if (hash !== undefined) this.#hashes.set(file, hash);
      // A checkout within the folder, or a link to a folder of the project: what it holds is read file by file.
      const behind = await this.#folderBehind(place, hash);
      if (behind === undefined) return;
      const prefix = `${file.replace(/\/$/, '')}/`;
      for (const inner of await this.#walk(behind, prefix, [])) {
        const innerHash = await hashOfFile(path.join(behind, inner.slice(prefix.length)));
        if (innerHash !== undefined) this.#hashes.set(inner, innerHash);
      }
    });
  }

  async #folderBehind(place: string, hash: string | undefined): Promise<string | undefined> {
    const isFolder = await stat(place).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) return undefined;
    if (hash === undefined) return place;
    const [target, project, own] = await Promise.all(
      [place, this.#settings.projectDir, this.#dir].map((each) => realpath(each)),
    );
    const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}${path.sep}`);
    // One that leads to the product itself would never end, and one out of the project is known by its text.
    return within(target!, project!) && !within(target!, own!) && !within(own!, target!) ? target : undefined;
  }
}

/** Whether a path that git reports leads through what tools keep for themselves. */
function isCachePath(file: string): boolean {
  return file.split('/').some((name) => isCache(name, new Set()));
}

function sorted(hashes: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...hashes].sort(([a], [b]) => (a < b ? -1 : 1)));
}
