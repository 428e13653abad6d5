import { readFile } from 'node:fs/promises';
import type { Settings } from '../settings.ts';
import { writeFileDurably } from '../store/files.ts';
import { readProject } from './interim.ts';
import { type Manifest, manifestOf } from './manifest.ts';

export interface ManifestReport {
  manifest: Manifest;
  /** False when the file said the same already, and was left alone: Airflow's DAG versions stay still. */
  changed: boolean;
  /** Ids of what cannot run. */
  broken: string[];
}

/** Reads the project and writes its manifest. */
export async function writeManifest(settings: Settings, file: string): Promise<ManifestReport> {
  const manifest = await manifestOf(await readProject(settings.projectDir));
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== text) await writeFileDurably(file, text);
  const broken = [...manifest.ingest, ...manifest.builds].filter((entry) => entry.broken !== null).map(({ id }) => id);
  return { manifest, changed: before !== text, broken };
}
