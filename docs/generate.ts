/**
 * Writes the pages that are made from the source: `bin/node docs/generate.ts`. With `--check` it writes nothing and
 * exits 1 if a page is not what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checksPage } from './pages/checks.ts';
import { errorsPage } from './pages/errors.ts';
import { formatsPage } from './pages/formats.ts';
import { recipesPage } from './pages/recipe-keys.ts';
import { recordsPage } from './pages/records.ts';
import { settingsPage } from './pages/settings.ts';
import { sourcesPage } from './pages/sources.ts';
import { stepsPage } from './pages/steps.ts';
import { templatesPage } from './pages/template-keys.ts';

const pages: Record<string, string> = {
  'checks.md': checksPage(path.join(import.meta.dirname, 'checks.md')),
  'errors.md': errorsPage(),
  'formats.md': formatsPage(),
  'recipes.md': recipesPage(),
  'records.md': recordsPage(path.join(import.meta.dirname, '..', 'src')),
  'sources.md': sourcesPage(path.join(import.meta.dirname, 'sources.md')),
  'settings.md': settingsPage(),
  'steps.md': stepsPage(),
  'templates.md': templatesPage(),
};
const stale: string[] = [];
for (const [name, text] of Object.entries(pages)) {
  const file = path.join(import.meta.dirname, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(`docs/${name}`);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
}
const done = process.argv.includes('--check') ? 'out of date' : 'written';
console.log(stale.length === 0 ? 'generated pages are up to date' : `${done}: ${stale.join(', ')}`);
if (stale.length > 0 && process.argv.includes('--check')) {
  console.error("hint: run 'bin/node docs/generate.ts'");
  process.exitCode = 1;
}
