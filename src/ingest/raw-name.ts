import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Fetched } from '../sources/source.ts';
import { RECORD_FILE } from '../store/layout.ts';

export const DEFINITION_LOCK = 'definition.lock.json';
export const DATASOURCE = 'datasource.json';

/**
 * A source may call its file as we call one of ours, or as a dataset's folder, which would take its place: it gets a
 * name of its own then. Upper and lower case are one on some machines.
 */
export async function besideOurs(fetched: Fetched, datasets: readonly string[]): Promise<Fetched> {
  const ours = [RECORD_FILE, DEFINITION_LOCK, DATASOURCE, ...datasets].map((name) => name.toLowerCase());
  if (!ours.includes(fetched.filename.toLowerCase())) return fetched;
  const filename = `raw-${fetched.filename}`;
  const target = path.join(path.dirname(fetched.path), filename);
  await rename(fetched.path, target);
  return { ...fetched, path: target, filename };
}
