import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** A project of the department has some 3,000 files; far more are not looked at one by one. */
const MAX_FILES = 50_000;
const PASSED_OVER = new Set(['.git', 'node_modules', '.venv', '__pycache__']);

/** How files looked at one moment: size, time and identity by path. */
type Snapshot = ReadonlyMap<string, string>;

/** Looks at the files below a folder, passing over `except` and what tools keep for themselves. */
export async function snapshotOf(dir: string, except: readonly string[]): Promise<Snapshot> {
  const files: string[] = [];
  const folders = [dir];
  for (let folder = folders.pop(); folder !== undefined && files.length < MAX_FILES; folder = folders.pop()) {
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (PASSED_OVER.has(entry.name) || except.includes(file)) continue;
      if (entry.isDirectory()) folders.push(file);
      else if (entry.isFile()) files.push(file);
    }
  }
  return snapshotOfFiles(files);
}

async function snapshotOfFiles(files: readonly string[]): Promise<Snapshot> {
  const facts = await Promise.all(
    files.map(async (file): Promise<[string, string] | undefined> => {
      const found = await stat(file).catch(() => undefined);
      return found && [file, `${found.ino} ${found.size} ${found.mtimeMs}`];
    }),
  );
  return new Map(facts.filter((fact) => fact !== undefined));
}

/** Files that were made, changed or removed between two looks, sorted. */
export function changedFiles(before: Snapshot, after: Snapshot): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
