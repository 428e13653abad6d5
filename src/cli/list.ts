import { Argument, type Command } from 'commander';
import { STAGES, surveyPartitions } from '../builds/partition.ts';
import { inParallel } from '../in-parallel.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import type { IngestTemplate, Product } from '../project/project.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type DatasetWarning, warningsOf } from '../store/ingest-record.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './main.ts';
import { formatTable } from './table.ts';
import { countWithUnreadable, type UnreadableRow, unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** Templates or products whose records are read at a time. */
const AT_ONCE = 4;

export function register(program: Command, run: Run): void {
  program
    .command('list')
    .description('list templates and products with what has been published of them')
    .addArgument(new Argument('[kind]', 'only these').choices(['ingest', 'builds']))
    .action(run(list));
}

interface TemplateRow {
  id: string;
  name: string | null;
  source: string | null;
  formats: string[];
  datasets: string[];
  versions: number;
  newest: string | null;
  unreadable: UnreadableRow[];
  /** Of the newest version. */
  warnings: DatasetWarning[];
  broken: boolean;
}

interface ProductRow {
  id: string;
  recipe: boolean;
  partitions: number;
  newest: string | null;
  /** The last stage that the newest partition has finished. */
  stage: string | null;
  unreadable: UnreadableRow[];
  broken: boolean;
}

async function list(context: CommandContext, kind: 'ingest' | 'builds' | undefined): Promise<undefined> {
  const project = await loadProject(context.settings.projectDir);
  requireProject(project);
  const layout = storeLayout(context.settings.storeDir);
  const store = openIngestStore(layout);
  const ingest =
    kind === 'builds' ? undefined : await inParallel(project.templates, AT_ONCE, (each) => templateRow(each, store));
  const builds =
    kind === 'ingest' ? undefined : await inParallel(project.products, AT_ONCE, (each) => productRow(each, layout));
  for (const row of [...(ingest ?? []), ...(builds ?? [])]) warnOfUnreadable(context, row.id, row.unreadable);
  if (context.json) {
    context.print(JSON.stringify({ project: project.dir, ingest, builds }, null, 2));
    return;
  }
  const sections = [ingest && templateLines(ingest), builds && productLines(builds)].filter(
    (lines) => lines !== undefined,
  );
  context.print(sections.map((lines) => lines.join('\n')).join('\n\n'));
  for (const { id, newest, warnings } of ingest ?? [])
    for (const { message } of warnings) context.reporter.log('warning', `${id}@${newest}: ${message}`);
  const broken = [...(ingest ?? []), ...(builds ?? [])].filter((row) => row.broken).length;
  if (broken > 0) context.reporter.log('warning', `${broken} cannot be used; see \`lifecycle check\``);
}

async function templateRow(template: IngestTemplate, store: ReturnType<typeof openIngestStore>): Promise<TemplateRow> {
  const { definition } = template;
  const { found, unreadable } = await store.survey(template.id);
  return {
    id: template.id,
    name: definition?.attributes.name ?? null,
    source: definition?.source.type ?? null,
    formats: [...new Set(definition?.datasets.map((dataset) => dataset.file_format.type))],
    datasets: definition?.datasets.map((dataset) => dataset.id) ?? [],
    versions: found.length,
    newest: found[0]?.version ?? null,
    unreadable: unreadableRows(unreadable),
    warnings: found[0] ? warningsOf(found[0].record) : [],
    broken: definition === undefined,
  };
}

async function productRow(product: Product, layout: StoreLayout): Promise<ProductRow> {
  const { found, unreadable } = await surveyPartitions(layout, product.id);
  const finished = found.map(({ key, stages }) => {
    const stage = STAGES.findLast((each) => stages[each]);
    return { key, stage, finished: stage === undefined ? 0 : Date.parse(stages[stage]!.finished) };
  });
  const last = finished.sort((a, b) => b.finished - a.finished)[0];
  return {
    id: product.id,
    recipe: product.recipe !== undefined,
    partitions: found.length,
    newest: last?.key ?? null,
    stage: last?.stage ?? null,
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
    { heading: 'NEWEST' },
    { heading: 'NAME' },
  ];
  const cells = rows.map((row) => [
    row.id,
    row.source ?? '-',
    row.broken ? 'broken' : row.formats.join(', '),
    countWithUnreadable(row.versions, row.unreadable),
    row.newest === null ? '-' : row.newest + (row.warnings.length > 0 ? ' (!)' : ''),
    (row.name ?? '') + (row.datasets.length > 1 ? ` (${row.datasets.length} datasets)` : ''),
  ]);
  return formatTable(columns, cells);
}

function productLines(rows: readonly ProductRow[]): string[] {
  const columns = [
    { heading: 'PRODUCT' },
    { heading: 'RECIPE' },
    { heading: 'PARTITIONS', align: 'right' as const },
    { heading: 'NEWEST' },
    { heading: 'STAGE' },
  ];
  const cells = rows.map((row) => [
    row.id,
    row.broken ? 'broken' : row.recipe ? 'yes' : 'none',
    countWithUnreadable(row.partitions, row.unreadable),
    row.newest ?? '-',
    row.stage ?? '-',
  ]);
  return formatTable(columns, cells);
}
