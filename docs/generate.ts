/**
 * Writes the pages that are made from the source: `bin/node docs/generate.ts`. With `--check` it writes nothing and
 * exits 1 if a page is not what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_CODES, EXIT } from '../src/error-codes.ts';
import type { Signature } from '../src/project/argument-fields.ts';
import {
  DATAFRAME_METHODS,
  GEOSERIES_METHODS,
  SERIES_METHODS,
  STEP_SIGNATURES,
} from '../src/project/vocabulary/steps.ts';
import { recipesPage } from './pages/recipe-keys.ts';
import { recordsPage } from './pages/records.ts';
import { templatesPage } from './pages/template-keys.ts';

const NOTE = '<!-- Made by docs/generate.ts; do not edit. -->';

const AREAS: Record<string, string> = {
  LIF: 'The program',
  PRJ: 'Reading a project',
  ING: 'Ingesting',
  SRC: 'Sources',
  ENG: 'The engine',
  STO: 'The store',
  BLD: 'Builds',
  AIR: 'Airflow',
};

/** Text between pipes; angle brackets and pipes would end the cell or be taken for HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function errorsPage(): string {
  const lines = ['# Error codes', '', NOTE, ''];
  lines.push('Every error has a code, says what happened in one sentence, and what to do in a `hint:` line.', '');
  lines.push('| exit code | means |', '|---|---|');
  for (const [name, code] of Object.entries(EXIT)) lines.push(`| ${code} | ${name} |`);
  for (const [prefix, area] of Object.entries(AREAS)) {
    const codes = Object.entries(ERROR_CODES).filter(([code]) => code.startsWith(`${prefix}_`));
    if (codes.length === 0) continue;
    lines.push('', `## ${area}`, '', '| code | what happened | what to do | exit |', '|---|---|---|---|');
    for (const [code, { meaning, remedy, exit }] of codes) {
      lines.push(`| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} | ${exit} |`);
    }
  }
  const strays = Object.keys(ERROR_CODES).filter((code) => !((code.split('_')[0] ?? '') in AREAS));
  if (strays.length > 0) throw new Error(`no area for ${strays.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function argumentsOf({ required, optional, others }: Signature): string {
  const needed = Object.entries(required).map(([name, type]) => `**${name}**: ${type.name}`);
  const free = Object.entries(optional).map(([name, type]) => `${name}: ${type.name}`);
  const rest = others === 'pass on' ? ['further ones are passed on'] : [];
  return cell([...needed, ...free, ...rest].join('; ')) || 'none';
}

function stepsPage(): string {
  const lines = ['# Processing steps', '', NOTE, ''];
  lines.push('What each step of a template takes; arguments in bold are needed.', '');
  lines.push('| step | arguments |', '|---|---|');
  for (const [name, signature] of Object.entries(STEP_SIGNATURES)) {
    lines.push(`| \`${name}\` | ${argumentsOf(signature)} |`);
  }
  const methods = (names: Readonly<Record<string, Signature>>) =>
    Object.entries(names).map(([name, { required, optional }]) => {
      const given = [...Object.keys(required).map((each) => `**${each}**`), ...Object.keys(optional)];
      return `- \`${name}\`${given.length > 0 ? `: ${given.join(', ')}` : ''}`;
    });
  lines.push('', '## Methods of `pd_df_func`', '', ...methods(DATAFRAME_METHODS));
  lines.push('', '## Methods of `pd_series_func`', '', ...methods(SERIES_METHODS));
  const geometry = Object.fromEntries(Object.entries(GEOSERIES_METHODS).filter(([name]) => !(name in SERIES_METHODS)));
  lines.push('', 'With `geo: true`, on a column of geometries, also:', '', ...methods(geometry));
  return `${lines.join('\n')}\n`;
}

const pages: Record<string, string> = {
  'errors.md': errorsPage(),
  'recipes.md': recipesPage(NOTE),
  'records.md': recordsPage(NOTE, path.join(import.meta.dirname, '..', 'src', 'store')),
  'steps.md': stepsPage(),
  'templates.md': templatesPage(NOTE),
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
