import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TEMPLATES_FOLDER } from './load-template.ts';

async function names(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

/** The files that a project consists of: templates, the product list, every recipe. */
async function projectFiles(projectDir: string, recipes: readonly string[]): Promise<string[]> {
  const templates = path.join(projectDir, TEMPLATES_FOLDER);
  const products = path.join(projectDir, 'products');
  const found = (await names(templates)).map((name) => path.join(templates, name));
  for (const name of await names(products)) {
    // A recipe that is not there yet counts as well: it may be written next.
    found.push(/\.ya?ml$/.test(name) ? path.join(products, name) : path.join(products, name, 'recipe.yml'));
  }
  return [...new Set([...found, ...recipes])].sort();
}

/**
 * A text that changes whenever one of the project's files is written, added or removed.
 *
 * @param recipes absolute paths of those that lie elsewhere
 */
export async function projectFingerprint(projectDir: string, recipes: readonly string[]): Promise<string> {
  const files = await projectFiles(projectDir, recipes);
  const facts = await Promise.all(
    files.map(async (file) => {
      const { mtimeNs, size, ino } = await stat(file, { bigint: true }).catch(() => ({ mtimeNs: 0, size: 0, ino: 0 }));
      return `${file} ${mtimeNs} ${size} ${ino}`;
    }),
  );
  return facts.join('\n');
}
