import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Masker } from '../../masking/known.ts';
import { maskDataWith } from '../../masking/output.ts';
import { newYorkTimestamp } from '../../new-york-time.ts';
import type { Plain } from '../../project/fields.ts';
import type { Recipe } from '../../project/recipe-model.ts';
import { pythonDecimal } from '../../project/yaml11-scalars.ts';
import { plainRecipe } from '../lock/lock-files.ts';

export const BUILD_METADATA = 'build_metadata.json';

const run = promisify(execFile);

interface MetadataFacts {
  recipe: Recipe;
  time: Date;
  /** Of the project's checkout; null outside of one. */
  commit: string | null;
  runUrl: string | null;
  /** What the loader made, by dataset and version; null when written after the build. */
  loadResult: Plain;
  /** Takes secrets out. */
  masker?: Masker | undefined;
}

/** `build_metadata.json` in the department's format: indent 4, ASCII only, no newline at the end. */
export function buildMetadata({ recipe, time, commit, runUrl, loadResult, masker }: MetadataFacts): string {
  const fields = new Map<string, Plain>([
    ['timestamp', newYorkTimestamp(time)],
    ['commit', commit],
    ['run_url', runUrl],
    ['version', recipe.version],
    ['draft_revision_name', null],
    ['recipe', plainRecipe(recipe)],
    ['load_result', loadResult],
  ]);
  return pythonJson(masker ? maskDataWith(fields, masker) : fields, 0);
}

/** The commit that is checked out in a folder. */
export async function checkedOutCommit(dir: string): Promise<string | null> {
  try {
    return (await run('git', ['-C', dir, 'rev-parse', 'HEAD'])).stdout.trim() || null;
  } catch {
    return null;
  }
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
