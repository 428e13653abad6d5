import { LifecycleError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { olderDefinition } from '../ingest/older-definition.ts';
import type { IngestTemplate } from '../project/project.ts';
import { openIngestStore, type StoredVersion } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';

const AT_ONCE = 8;
const SHOWN_KEYS = 4;

/** Of versions those that were made by an older definition, with the keys that differ from what the template gives now. */
export async function olderVersions(
  context: CommandContext,
  template: IngestTemplate,
  versions: readonly StoredVersion[],
): Promise<Map<string, string[]>> {
  const older = new Map<string, string[]>();
  // With a broken template nobody can tell; that it is broken is said elsewhere.
  if (template.definition === undefined) return older;
  const store = openIngestStore(storeLayout(context.settings.storeDir));
  await inParallel(versions, AT_ONCE, async ({ version, record }) => {
    try {
      const keys = await olderDefinition(template, record, await store.directory(template.id, version));
      if (keys.length > 0) older.set(version, keys);
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      const text = `whether ${template.id} ${version} was made by an older definition cannot be told: ${error.message}`;
      context.reporter.log('warning', text);
    }
  });
  return older;
}

/** `older: source.path, attributes.name` */
export function describeOlder(keys: readonly string[] | undefined): string {
  if (!keys || keys.length === 0) return '-';
  const more = keys.length > SHOWN_KEYS ? ` and ${keys.length - SHOWN_KEYS} more` : '';
  return `older: ${keys.slice(0, SHOWN_KEYS).join(', ')}${more}`;
}
