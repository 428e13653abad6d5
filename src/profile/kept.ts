import path from 'node:path';
import { formatJson, writeFileDurably } from '../store/files.ts';
import type { StoreLayout } from '../store/layout.ts';
import { readRecordFile } from '../store/record-file.ts';
import { amount, fields, list, text } from '../store/record-shape.ts';
import { PROFILE_FORMAT, type Profile } from './document.ts';

const PROFILE = fields({
  sha256: text,
  bytes: amount,
  rows: amount,
  columns: list(fields({ name: text, type: text, kind: text, nulls: amount })),
});

function placeOf(layout: StoreLayout, sha256: string): string {
  return path.join(layout.cache, 'profiles', String(PROFILE_FORMAT), `${sha256}.json`);
}

/** The profile of a file that was profiled before; one that is damaged, or cannot be read, is as good as none. */
export async function keptProfile(layout: StoreLayout, sha256: string): Promise<Profile | undefined> {
  try {
    return await readRecordFile<Profile>(placeOf(layout, sha256), PROFILE_FORMAT, PROFILE, { sha256 });
  } catch {
    return undefined;
  }
}

/** Keeps it for the next time. A store that cannot be written is no reason not to show it. */
export async function keepProfile(layout: StoreLayout, profile: Profile): Promise<void> {
  await writeFileDurably(placeOf(layout, profile.sha256), formatJson(profile)).catch(() => undefined);
}
