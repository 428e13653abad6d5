import { recipePins } from '../backfill/pins.ts';
import { productVersions, templateVersions, unknownMissing, type VersionsReport } from '../backfill/versions-report.ts';
import { inParallel } from '../in-parallel.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import { formatTable } from './table.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** Templates or products whose records are read at a time. */
const AT_ONCE = 4;

/** What `lifecycle list --missing` prints: one line for each version and partition that should exist and does not. */
export async function listMissing(context: CommandContext, kind: 'ingest' | 'builds' | undefined): Promise<undefined> {
  const { settings, reporter } = context;
  const project = await loadProject(settings.projectDir);
  requireProject(project);
  const layout = storeLayout(settings.storeDir);
  const now = new Date();
  const pins = await recipePins(project, settings.env);
  for (const { product, reason } of pins.unknown) {
    reporter.log('warning', `what the recipe of ${product} pins is not known: ${reason}`);
  }
  const templates = kind === 'builds' ? [] : project.templates;
  for (const each of templates) if (!each.definition) reporter.log('warning', unknownMissing(each));
  const products = kind === 'ingest' ? [] : project.products;
  const ingest = await inParallel(templates, AT_ONCE, (each) => templateVersions(layout, each, { pins, now }));
  const builds = await inParallel(products, AT_ONCE, (each) => productVersions(layout, each, now));
  const reports = [...ingest, ...builds];
  for (const { id, unreadable } of reports) warnOfUnreadable(context, id, unreadableRows(unreadable));
  const missing = reports.flatMap(missingOf);
  if (context.json) {
    context.print(JSON.stringify({ project: project.dir, missing }, null, 2));
    return;
  }
  const headings = ['ID', 'VERSION', 'EXPECTED BY'].map((heading) => ({ heading }));
  const rows = missing.map(({ id, version, expected_by }) => [id, version, expected_by.join(', ')]);
  context.print(rows.length > 0 ? formatTable(headings, rows).join('\n') : 'nothing is missing');
}

function missingOf({ kind, id, versions, missing }: VersionsReport) {
  const wanted = new Set(missing);
  return versions
    .filter(({ version }) => wanted.has(version))
    .map(({ version, expected_by }) => ({ kind, id, version, expected_by }));
}
