import { statSync } from 'node:fs';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { TemplateId } from '../ids.ts';
import { inParallel } from '../in-parallel.ts';
import { maskOutput, maskOutputData } from '../masking/output.ts';
import type { Profile } from '../profile/document.ts';
import { keptProfile } from '../profile/kept.ts';
import { loadTemplate } from '../project/load-template.ts';
import type { Definition } from '../project/project.ts';
import { keptReport } from '../reports/kept-report.ts';
import type { Use } from '../reports/lineage.ts';
import { readConfig } from '../reports/version-report.ts';
import { openIngestStore, type StoredVersion } from '../store/ingest.ts';
import { fileOf } from '../store/ingest-record.ts';
import { RECORD_FILE, type StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import type { TemplateEntry, VersionFacts } from './model.ts';
import type { VersionContent } from './template-pages.ts';

export interface ReadTemplate {
  /** Without secrets: what records and files of the store repeat of it has lost them when it was written. */
  definition: Definition | undefined;
  entry: TemplateEntry;
  versions: StoredVersion[];
}

/** A file as it stands, so far as can be told without reading it. */
export function mark(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : null;
}

/** What stands of a template, without reading any of it. @throws LifecycleError STO_UNREADABLE */
export async function templateMarks(layout: StoreLayout, projectDir: string, id: TemplateId): Promise<unknown[]> {
  const store = openIngestStore(layout);
  const names = (await store.names(id)).toSorted();
  return [
    ...['.yml', '.yaml'].map((ending) => mark(path.join(projectDir, 'ingest_templates', id + ending))),
    mark(layout.ingest.latest(id)),
    names.map((version) => [
      version,
      mark(path.join(layout.ingest.version(id, version), RECORD_FILE)),
      mark(layout.reports.version(id, version)),
    ]),
  ];
}

export async function readTemplateEntry(
  layout: StoreLayout,
  projectDir: string,
  id: TemplateId,
): Promise<ReadTemplate> {
  const store = openIngestStore(layout);
  const template = await loadTemplate(projectDir, id);
  const { found, unreadable, pointer } = await store.survey(id);
  const definition = template?.definition && maskOutputData(template.definition);
  const newest = (found.find(({ version }) => version === pointer) ?? found[0])?.record;
  const datasets =
    newest?.datasets.map((dataset) => ({ id: dataset.id, columns: dataset.columns.map(({ name }) => name) })) ??
    definition?.datasets.map((dataset) => ({
      id: dataset.id as string,
      columns: dataset.columns.map((each) => each.id),
    })) ??
    [];
  const problems = [
    ...(template === undefined ? ['The project has no template of this name any more.'] : []),
    ...(template && !definition ? [`The template is broken: ${template.findings[0]?.message}`] : []),
    ...unreadable.map(({ name, error }) => `${name} cannot be read: ${error.message}`),
  ];
  const entry: TemplateEntry = {
    kind: 'template',
    id,
    name: definition?.attributes.name ?? null,
    description: definition?.attributes.description ?? null,
    source: definition?.source.type ?? null,
    formats: [...new Set(definition?.datasets.map((dataset) => dataset.file_format.type as string))],
    datasets,
    latest: pointer ?? null,
    problem: problems.length > 0 ? maskOutput(problems.join(' ')) : null,
    versions: found.map(({ version, record }) => ({
      version,
      created: record.created,
      rows: record.datasets.reduce((sum, { rows }) => sum + rows, 0),
      bytes: record.files.reduce((sum, { bytes }) => sum + bytes, 0),
      state: stateOf(record),
      sha256: Object.fromEntries(record.datasets.map((each) => [each.id, fileOf(record, each.path)?.sha256 ?? ''])),
      report: keptReport(layout.reports.version(id, version), layout.ingest.version(id, version)) !== undefined,
    })),
  };
  return { definition, entry, versions: found };
}

function stateOf(record: StoredVersion['record']): VersionFacts['state'] {
  if (isQuarantined(record)) return 'quarantined';
  const isWarned = record.datasets.some(
    ({ warnings = [], checks = [] }) => warnings.length > 0 || checks.some(({ status }) => status !== 'passed'),
  );
  return isWarned ? 'warnings' : 'ok';
}

const READS_AT_ONCE = 16;

/** All that the pages of the versions are made of. */
export function readContents(
  layout: StoreLayout,
  id: TemplateId,
  { entry, versions }: ReadTemplate,
  uses: readonly Use[],
  kept: ReadonlySet<string>,
): Promise<VersionContent[]> {
  const store = openIngestStore(layout);
  const facts = new Map(entry.versions.map((each) => [each.version, each]));
  return inParallel(versions, READS_AT_ONCE, async ({ version, record }) => {
    const own = facts.get(version)!;
    const dir = await store.directory(id, version).catch((error: unknown) => {
      if (error instanceof LifecycleError) return layout.ingest.version(id, version);
      throw error;
    });
    const configs = new Map(record.datasets.map((dataset) => [dataset.id, readConfig(dir, dataset.id)]));
    const profiles = new Map<string, Profile>();
    for (const [dataset, sha256] of Object.entries(own.sha256)) {
      const profile = kept.has(sha256) ? await keptProfile(layout, sha256) : undefined;
      if (profile) profiles.set(dataset, profile);
    }
    return { facts: own, record, configs, profiles, uses: usesOfVersion(own, uses) };
  });
}

export type TakenBy = Use & { version: string | null; sha256: string | null };

/** Builds that took this version, and this state of it. */
function usesOfVersion({ version, sha256 }: VersionFacts, uses: readonly Use[]): Use[] {
  return (uses as readonly TakenBy[]).filter(
    (use) => use.version === version && (use.sha256 === null || use.sha256 === sha256[use.dataset]),
  );
}
