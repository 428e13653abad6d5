import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { IngestTemplate } from '../project/project.ts';
import { resolveTemplate } from '../project/template.ts';
import type { IngestRecord } from '../store/ingest-record.ts';
import { readIfThere, unreadable } from '../store/record-file.ts';
import { definitionLock } from './definition-files.ts';

export const DEFINITION_LOCK = 'definition.lock.json';

/**
 * Where the definition that a version was made by differs from what the template gives for it now: keys such as
 * `datasets[0].processing_steps[1].args.lower`. Nothing for versions that no template made.
 *
 * @param dir of the version
 * @throws LifecycleError STO_UNREADABLE; PRJ_* where the template gives no definition any more
 */
export async function olderDefinition(template: IngestTemplate, record: IngestRecord, dir: string): Promise<string[]> {
  if (record.runner === 'adopted') return [];
  const file = path.join(dir, DEFINITION_LOCK);
  const text = await readIfThere(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (text === undefined) return [];
  let locked: Record<string, unknown>;
  try {
    locked = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const definition = await resolveTemplate(template, record.version);
  const now = JSON.parse(JSON.stringify(definitionLock(definition, record.version))) as Record<string, unknown>;
  // A file that was given by hand stands there in place of the template's source.
  if (record.source.given === true) delete locked.source;
  return differingKeys(locked, record.source.given === true ? { ...now, source: undefined } : now, '');
}

function differingKeys(before: unknown, after: unknown, at: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, i) => differingKeys(before[i], after[i], `${at}[${i}]`)).flat();
  }
  if (isMap(before) && isMap(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differingKeys(before[name], after[name], at === '' ? name : `${at}.${name}`));
  }
  return [at];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
