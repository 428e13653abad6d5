import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { PRODUCTS_FILE } from '../project/products.ts';
import type { Project } from '../project/project.ts';
import type { Settings } from '../settings/settings.ts';
import { hashText, writeFileDurably } from '../store/files.ts';
import { makeIgnoredDirectory } from '../store/ignored-directory.ts';
import { storeLayout } from '../store/layout.ts';
import { brokenSentence } from './documentation.ts';
import { descriptionOf, displayName } from './labels.ts';
import { type Manifest, manifestOf } from './manifest.ts';
import { newestVersions } from './newest-versions.ts';

export interface ManifestReport {
  manifest: Manifest;
  /** False when the file said the same already, and was left alone: Airflow's DAG versions stay still. */
  changed: boolean;
  /** What cannot run, and the first of the reasons, which names the file. */
  broken: { id: string; reason: string }[];
  /** Absolute paths of the recipes, which may lie anywhere in the project. */
  recipes: string[];
}

/**
 * While products.yml has an error, what it listed before stays, as broken: a typing mistake must not take a product's
 * history out of sight.
 */
function keepLostBuilds(manifest: Manifest, before: Manifest | undefined, project: Project): Manifest {
  const inList = project.findings.filter(({ place }) => place?.file.endsWith(PRODUCTS_FILE));
  const reason = brokenSentence(inList);
  const here = new Set(manifest.builds.map(({ dag_id }) => dag_id));
  const lost = (before?.builds ?? []).filter(({ dag_id }) => !here.has(dag_id));
  if (reason === null || lost.length === 0) return manifest;
  const kept = lost.map((build) => ({
    ...build,
    display_name: displayName(build.id, build.title, reason),
    description: descriptionOf(build.title, reason),
    needs_version: false,
    broken: reason,
    doc: `# ${build.title}\n\n**Broken: the list of products cannot be read.**\n\n    ${reason.replaceAll('\n', '\n    ')}`,
    tags: [...new Set([...build.tags, 'broken'])].sort(),
  }));
  const { hash: _hash, ...content } = manifest;
  const builds = [...content.builds, ...kept].sort((a, b) => (a.dag_id < b.dag_id ? -1 : 1));
  return { ...content, builds, hash: hashText(JSON.stringify({ ...content, builds })) };
}

async function readWritten(file: string): Promise<{ text: string; manifest: Manifest } | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const manifest = JSON.parse(text) as Manifest | null;
    // Of one that is damaged nobody can tell what it said: it is written anew.
    return Array.isArray(manifest?.ingest) && Array.isArray(manifest.builds) ? { text, manifest } : undefined;
  } catch {
    return undefined;
  }
}

/** What Airflow is told now; undefined where nobody has written it. */
export async function readManifest(file: string): Promise<Manifest | undefined> {
  return (await readWritten(file))?.manifest;
}

/** Reads the project and writes its manifest. @throws LifecycleError PRJ_NOT_A_PROJECT */
export async function writeManifest(settings: Settings, file: string): Promise<ManifestReport> {
  const project = await loadProject(settings.projectDir);
  requireProject(project);
  const before = await readWritten(file);
  const versionsOf = newestVersions(project, storeLayout(settings.storeDir));
  const read = await manifestOf(project, versionsOf);
  const isAlike = before?.manifest.project === read.project && before.manifest.format === read.format;
  const manifest = keepLostBuilds(read, isAlike ? before.manifest : undefined, project);
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  if (before?.text !== text) {
    if (path.dirname(path.resolve(file)) === settings.airflowHome) await makeIgnoredDirectory(settings.airflowHome);
    await writeFileDurably(file, text);
  }
  return {
    manifest,
    changed: before?.text !== text,
    broken: [...manifest.ingest, ...manifest.builds].flatMap(({ id, broken }) =>
      broken === null ? [] : [{ id, reason: broken.split('\n')[0]! }],
    ),
    recipes: project.products.flatMap(({ recipe }) => recipe ?? []),
  };
}
