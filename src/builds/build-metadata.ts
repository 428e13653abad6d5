import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Plain } from '../project/recipe-fields.ts';
import type { Recipe } from '../project/recipe-model.ts';
import { pythonDecimal } from '../project/yaml11-scalars.ts';
import { plainRecipe } from './lock-files.ts';

export const BUILD_METADATA = 'build_metadata.json';

const run = promisify(execFile);

export interface MetadataFacts {
  recipe: Recipe;
  time: Date;
  /** Of the project's checkout; null outside of one. */
  commit: string | null;
  runUrl: string | null;
  /** What the loader made, by dataset and version; null when written after the build. */
  loadResult: Plain;
}

/** `build_metadata.json` in the department's format: indent 4, ASCII only, no newline at the end. */
export function buildMetadata({ recipe, time, commit, runUrl, loadResult }: MetadataFacts): string {
  const fields = new Map<string, Plain>([
    ['timestamp', newYorkTime(time)],
    ['commit', commit],
    ['run_url', runUrl],
    ['version', recipe.version],
    ['draft_revision_name', null],
    ['recipe', plainRecipe(recipe)],
    ['load_result', loadResult],
  ]);
  return pythonJson(fields, 0);
}

/** The commit that is checked out in a folder. */
export async function checkedOutCommit(dir: string): Promise<string | null> {
  try {
    return (await run('git', ['-C', dir, 'rev-parse', 'HEAD'])).stdout.trim() || null;
  } catch {
    return null;
  }
}

/** ISO with microseconds and offset, as the department's clock shows it. */
function newYorkTime(time: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const micros = String(time.getUTCMilliseconds()).padStart(3, '0').padEnd(6, '0');
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}.${micros}${offset}`;
}

const INDENT = 4;

function pythonJson(value: Plain, depth: number): string {
  const pad = ' '.repeat(INDENT * (depth + 1));
  const close = `\n${' '.repeat(INDENT * depth)}`;
  if (value instanceof Map) {
    if (value.size === 0) return '{}';
    const entries = [...value].map(([key, inner]) => `${pad}${asciiText(key)}: ${pythonJson(inner, depth + 1)}`);
    return `{\n${entries.join(',\n')}${close}}`;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => `${pad}${pythonJson(item, depth + 1)}`).join(',\n')}${close}]`;
  }
  if (typeof value === 'string') return asciiText(value);
  return typeof value === 'number' ? pythonDecimal(value) : String(value);
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
