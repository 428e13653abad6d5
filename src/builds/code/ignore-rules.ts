import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What tools keep for themselves: it follows from the code, or changes without it. */
const CACHES = new Set([
  ...['.git', '.hg', '.svn', 'node_modules', '.venv', 'venv', '__pycache__', '.ipynb_checkpoints', '.DS_Store'],
  ...['.pytest_cache', '.mypy_cache', '.ruff_cache', '.cache', '.idea', '.vscode', '.lifecycle', '.airflow'],
]);
/** What dbt makes beside its project file. */
const MADE_BY_DBT = new Set(['target', 'dbt_packages', 'logs']);
const DBT_PROJECT = 'dbt_project.yml';

/** @param beside names in the same folder */
export function isCache(name: string, beside: ReadonlySet<string>): boolean {
  return (
    CACHES.has(name) || /\.py[co]$|~$|^\..*\.sw[op]$/.test(name) || (MADE_BY_DBT.has(name) && beside.has(DBT_PROJECT))
  );
}

/** What follows from the code even where git keeps it. */
export function isDerived(file: string): boolean {
  return /(^|\/)__pycache__\/|\.py[co]$/.test(file);
}

/** The patterns of one .gitignore, for paths below its folder. */
export interface IgnoreFile {
  dir: string;
  rules: { pattern: RegExp; keeps: boolean; foldersOnly: boolean }[];
}

export async function readIgnoreFile(dir: string): Promise<IgnoreFile | undefined> {
  const text = await readFile(path.join(dir, '.gitignore'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { dir, rules: text.split(/\r?\n/).flatMap(ruleOf) };
}

function ruleOf(line: string): IgnoreFile['rules'] {
  const trimmed = line.replace(/(?<!\\)\s+$/, '');
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  const keeps = trimmed.startsWith('!');
  const body = trimmed.replace(/^!|^\\(?=[!#])/, '');
  const foldersOnly = body.endsWith('/');
  const glob = body.replace(/\/$/, '');
  // A slash in it ties a pattern to the folder of its file; else it is for names anywhere below.
  const anywhere = !glob.includes('/');
  const source = globSource(glob.replace(/^\//, ''));
  try {
    return [{ pattern: new RegExp(`^${anywhere ? '(?:.*/)?' : ''}${source}$`), keeps, foldersOnly }];
  } catch {
    return [];
  }
}

function globSource(glob: string): string {
  const parts = glob.match(/\*\*\/|\/\*\*$|\*+|\?|\[!?\]?[^\]]*\]|\\.|[^*?[\\]+|./gs) ?? [];
  return parts
    .map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '/**') return '/.*';
      if (part.startsWith('*')) return '[^/]*';
      if (part === '?') return '[^/]';
      // A bracket that is not closed fits nothing.
      if (part === '[') return '(?!)';
      if (part.startsWith('[')) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
      return part.replace(/^\\(?=.)/, '').replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    })
    .join('');
}

/** Whether git would pass over a file or folder: the last rule that fits decides, of the innermost file that has one. */
export function isIgnored(file: string, isFolder: boolean, ignoreFiles: readonly IgnoreFile[]): boolean {
  let ignored = false;
  for (const { dir, rules } of ignoreFiles) {
    const relative = path.relative(dir, file).split(path.sep).join('/');
    for (const { pattern, keeps, foldersOnly } of rules) {
      if ((!foldersOnly || isFolder) && pattern.test(relative)) ignored = !keeps;
    }
  }
  return ignored;
}
