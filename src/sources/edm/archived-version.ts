import { z } from 'zod';
import { answerError } from '../http/text.ts';
import { Bucket } from '../s3/bucket.ts';
import type { SourceContext } from '../source.ts';
import { recipesBucket } from './layout.ts';

/** What edm.recipes.datasets knows of one version of a dataset. */
interface ArchiveFolder {
  /** Names of its files. */
  files: string[];
  name: string | null;
  url: string | null;
  /** ISO date, or date and time. */
  archiveDate: string | null;
}

const CONFIG_FILE = 'config.json';
/** Of the two generations of tools that wrote it, the older one calls the dataset by its id. */
const CONFIG = z.object({
  attributes: z.object({ name: z.string().nullish(), url: z.string().nullish() }).nullish(),
  dataset: z.object({ name: z.string().nullish() }).nullish(),
});

/**
 * Looks at a version's folder, and at its config.json where there is one.
 *
 * @returns undefined when the archive has no such version
 * @throws LifecycleError SRC_*
 */
export async function archiveFolder(
  id: string,
  version: string,
  context: SourceContext,
): Promise<ArchiveFolder | undefined> {
  const bucket = new Bucket(recipesBucket(context), context);
  const folder = `datasets/${id}/${version}`;
  const { files } = await bucket.list(folder);
  if (files.length === 0) return undefined;
  if (!files.includes(CONFIG_FILE)) return { files, name: null, url: null, archiveDate: null };
  const { text, headers } = await bucket.getText(`${folder}/${CONFIG_FILE}`);
  const config = CONFIG.safeParse(parsed(text, bucket.address(`${folder}/${CONFIG_FILE}`))).data;
  const created = headers['x-amz-meta-date-created'];
  return {
    files: files.filter((name) => name !== CONFIG_FILE),
    name: config?.attributes?.name ?? config?.dataset?.name ?? null,
    url: config?.attributes?.url ?? null,
    archiveDate: typeof created === 'string' ? created : isoTime(headers['last-modified']),
  };
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw answerError(where, 'it is no JSON');
  }
}

function isoTime(header: string | undefined): string | null {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
