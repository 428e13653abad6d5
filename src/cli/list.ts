import { Argument, type Command, Option } from 'commander';
import { ProductStaleness } from '../builds/code/partition-staleness.ts';
import { describeStale, type StaleReason } from '../builds/code/staleness.ts';
import { inParallel } from '../in-parallel.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import type { IngestTemplate, Product } from '../project/project.ts';
import { STAGES } from '../store/builds/partition.ts';
import { surveyPartitions } from '../store/builds/survey.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type DatasetWarning, warningsOf } from '../store/ingest-record.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { describeReasons, isQuarantined } from '../store/quarantine.ts';
import type { CommandContext } from './context.ts';
import { listMissing } from './list-missing.ts';
import { describeOlder, olderVersions } from './older-versions.ts';
import type { Run } from './program.ts';
import { formatTable } from './table.ts';
import { countWithUnreadable, type UnreadableRow, unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** Templates or products whose records are read at a time. */
const AT_ONCE = 4;

export function register(program: Command, run: Run): void {
  program
    .command('list')
    .description('list templates and products with what has been published of them')
    .addArgument(new Argument('[kind]', 'only these').choices(['ingest', 'builds']))
    .option('--stale', 'only versions and builds that were made by another definition or other code than there is now')
    .addOption(
      new Option('--missing', 'only versions and builds that should exist and do not, by who expects them').conflicts(
        'stale',
      ),
    )
    .action(run(list));
}

interface TemplateRow {
  id: string;
  name: string | null;
  source: string | null;
  formats: string[];
  datasets: string[];
  versions: number;
  /** What the `latest` pointer names: the version that builds take. */
  latest: string | null;
  unreadable: UnreadableRow[];
  /** Of that version. */
  warnings: DatasetWarning[];
  /** Versions that a check keeps apart, with why. */
  quarantined: { version: string; reasons: string[] }[];
  /** Made by an older definition, with the keys that differ: that version, with --stale any. */
  stale: { version: string; differs: string[] }[];
  broken: boolean;
}

interface ProductRow {
  id: string;
  recipe: boolean;
  partitions: number;
  /** The partition that was worked on last. */
  last: string | null;
  /** The last stage that it has finished. */
  stage: string | null;
  /** Made by other code than there is now: that partition, with --stale any. */
  stale: { partition_key: string; reasons: StaleReason[] }[];
  unreadable: UnreadableRow[];
  broken: boolean;
}

async function list(
  context: CommandContext,
  kind: 'ingest' | 'builds' | undefined,
  flags: { stale?: boolean; missing?: boolean },
): Promise<undefined> {
  if (flags.missing) return listMissing(context, kind);
  const project = await loadProject(context.settings.projectDir);
  requireProject(project);
  const layout = storeLayout(context.settings.storeDir);
  const store = openIngestStore(layout);
  const all = flags.stale === true;
  const templates = kind === 'builds' ? [] : project.templates;
  const products = kind === 'ingest' ? [] : project.products;
  const templateRows = await inParallel(templates, AT_ONCE, (each) => templateRow(context, each, store, all));
  const productRows = await inParallel(products, AT_ONCE, (each) => productRow(context, each, layout, all));
  const wanted = ({ stale }: { stale: readonly unknown[] }) => !all || stale.length > 0;
  const ingest = kind === 'builds' ? undefined : templateRows.filter(wanted);
  const builds = kind === 'ingest' ? undefined : productRows.filter(wanted);
  for (const row of [...(ingest ?? []), ...(builds ?? [])]) warnOfUnreadable(context, row.id, row.unreadable);
  if (context.json) {
    context.print(JSON.stringify({ project: project.dir, ingest, builds }, null, 2));
    return;
  }
  if (all) {
    context.print(staleLines(ingest ?? [], builds ?? []).join('\n'));
    return;
  }
  const sections = [ingest && templateLines(ingest), builds && productLines(builds)].filter(
    (lines) => lines !== undefined,
  );
  context.print(sections.map((lines) => lines.join('\n')).join('\n\n'));
  for (const { id, latest, warnings } of ingest ?? [])
    for (const { message } of warnings) context.reporter.log('warning', `${id}@${latest}: ${message}`);
  for (const { id, quarantined } of ingest ?? [])
    for (const { version, reasons } of quarantined)
      context.reporter.log('warning', `${id}@${version} is quarantined: ${reasons.join('; ')}`);
  const broken = [...(ingest ?? []), ...(builds ?? [])].filter((row) => row.broken).length;
  if (broken > 0) context.reporter.log('warning', `${broken} cannot be used; see \`lifecycle check\``);
}

async function templateRow(
  context: CommandContext,
  template: IngestTemplate,
  store: ReturnType<typeof openIngestStore>,
  all: boolean,
): Promise<TemplateRow> {
  const { definition } = template;
  const { found, unreadable, pointer: latest = null } = await store.survey(template.id);
  const pointedAt = found.find(({ version }) => version === latest);
  const older = await olderVersions(context, template, all ? found : pointedAt ? [pointedAt] : []);
  return {
    id: template.id,
    name: definition?.attributes.name ?? null,
    source: definition?.source.type ?? null,
    formats: [...new Set(definition?.datasets.map((dataset) => dataset.file_format.type))],
    datasets: definition?.datasets.map((dataset) => dataset.id) ?? [],
    versions: found.length,
    latest,
    unreadable: unreadableRows(unreadable),
    warnings: pointedAt ? warningsOf(pointedAt.record) : [],
    quarantined: found
      .filter(({ record }) => isQuarantined(record))
      .map(({ version, record }) => ({ version, reasons: describeReasons(record.quarantine!) })),
    stale: found.flatMap(({ version }) => {
      const differs = older.get(version);
      return differs ? [{ version, differs }] : [];
    }),
    broken: definition === undefined,
  };
}

async function productRow(
  context: CommandContext,
  product: Product,
  layout: StoreLayout,
  all: boolean,
): Promise<ProductRow> {
  const { found, unreadable } = await surveyPartitions(layout, product.id);
  const finished = found.map((partition) => {
    const stage = STAGES.findLast((each) => partition.stages[each]);
    const time = stage === undefined ? 0 : Date.parse(partition.stages[stage]!.finished);
    return { partition, key: partition.key, stage, finished: time };
  });
  const last = finished.sort((a, b) => b.finished - a.finished)[0];
  const staleness = new ProductStaleness(context, product);
  const stale = await inParallel(all ? finished : finished.slice(0, 1), AT_ONCE, async ({ partition, key }) => ({
    partition_key: key,
    reasons: await staleness.of(partition, key),
  }));
  return {
    id: product.id,
    recipe: product.recipe !== undefined,
    partitions: found.length,
    last: last?.key ?? null,
    stage: last?.stage ?? null,
    stale: stale.filter(({ reasons }) => reasons.length > 0),
    unreadable: unreadableRows(unreadable),
    broken: product.findings.some((finding) => finding.severity === 'error'),
  };
}

function templateLines(rows: readonly TemplateRow[]): string[] {
  const columns = [
    { heading: 'TEMPLATE' },
    { heading: 'SOURCE' },
    { heading: 'FORMAT' },
    { heading: 'VERSIONS', align: 'right' as const },
    { heading: 'LATEST' },
    { heading: 'NAME' },
  ];
  const cells = rows.map((row) => [
    row.id,
    row.source ?? '-',
    row.broken ? 'broken' : row.formats.join(', '),
    countWithUnreadable(row.versions, row.unreadable),
    latestCell(row),
    (row.name ?? '') + (row.datasets.length > 1 ? ` (${row.datasets.length} datasets)` : ''),
  ]);
  return formatTable(columns, cells);
}

function productLines(rows: readonly ProductRow[]): string[] {
  const columns = [
    { heading: 'PRODUCT' },
    { heading: 'RECIPE' },
    { heading: 'PARTITIONS', align: 'right' as const },
    { heading: 'LAST BUILT' },
    { heading: 'STAGE' },
    { heading: 'STATE' },
  ];
  const cells = rows.map((row) => [
    row.id,
    row.broken ? 'broken' : row.recipe ? 'yes' : 'none',
    countWithUnreadable(row.partitions, row.unreadable),
    row.last ?? '-',
    row.stage ?? '-',
    row.stale[0] ? `stale: ${describeStale(row.stale[0].reasons)}` : '',
  ]);
  return formatTable(columns, cells);
}

function latestCell({ latest, warnings, stale }: TemplateRow): string {
  if (latest === null) return '-';
  const marks = [...(warnings.length > 0 ? ['!'] : []), ...(stale.length > 0 ? ['older definition'] : [])];
  return latest + (marks.length > 0 ? ` (${marks.join(', ')})` : '');
}

/** What --stale prints: one line for each version and partition. */
function staleLines(ingest: readonly TemplateRow[], builds: readonly ProductRow[]): string[] {
  const rows = [
    ...ingest.flatMap(({ id, stale }) => stale.map(({ version, differs }) => [id, version, describeOlder(differs)])),
    ...builds.flatMap(({ id, stale }) =>
      stale.map(({ partition_key, reasons }) => [id, partition_key, `stale: ${describeStale(reasons)}`]),
    ),
  ];
  if (rows.length === 0) return ['nothing is stale'];
  return formatTable([{ heading: 'ID' }, { heading: 'VERSION' }, { heading: 'WHY' }], rows);
}
