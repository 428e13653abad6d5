import path from 'node:path';
import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { parsePartitionKey, parseVersion } from '../ids.ts';
import { findDataset } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import type { IngestTemplate, Product, Project } from '../project/project.ts';
import type { FirstRows } from '../query/first-rows.ts';
import { formatBytes } from '../report.ts';
import { describeChanges } from '../store/changes.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type IngestRecord, warningsOf } from '../store/ingest-record.ts';
import { storeLayout } from '../store/layout.ts';
import { describeReasons, isQuarantined } from '../store/quarantine.ts';
import type { CommandContext } from './context.ts';
import { describeOlder, olderVersions } from './older-versions.ts';
import type { Run } from './program.ts';
import { drawRows } from './rows.ts';
import { showBuild, showBuilds } from './show-build.ts';
import { formatTable } from './table.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

export function register(program: Command, run: Run): void {
  program
    .command('show')
    .description('what the store holds of a template, a dataset or a product')
    .argument('<id>', 'ID, or ID@VERSION for one version or partition')
    .action(
      run(async (context, text: string) => {
        const at = text.indexOf('@');
        const id = at < 0 ? text : text.slice(0, at);
        const version = at < 0 ? undefined : text.slice(at + 1);
        const project = await loadProject(context.settings.projectDir);
        const product = project.products.find((candidate) => candidate.id === id);
        if (product) return showProduct(context, product, version);
        const template = templateNamed(project, id);
        return version === undefined ? showVersions(context, template) : showVersion(context, template, version);
      }),
    );
}

/** A template by its own id or by that of one of its datasets. */
function templateNamed(project: Project, id: string): IngestTemplate {
  return project.templates.find((template) => template.id === id) ?? findDataset(project, id).template;
}

async function showProduct(context: CommandContext, product: Product, key: string | undefined): Promise<undefined> {
  if (key === undefined) await showBuilds(context, product);
  else await showBuild(context, product, parsePartitionKey(key));
  return undefined;
}

const size = (record: IngestRecord) => record.files.reduce((sum, file) => sum + file.bytes, 0);

async function showVersions(context: CommandContext, definition: IngestTemplate): Promise<undefined> {
  const { id: template } = definition;
  const store = openIngestStore(storeLayout(context.settings.storeDir));
  const { found: versions, unreadable, pointer: latest } = await store.survey(template);
  warnOfUnreadable(context, template, unreadableRows(unreadable));
  const older = await olderVersions(context, definition, versions);
  if (context.json) {
    const list = versions.map(({ version, record }) => ({
      version,
      stale: older.get(version) ?? [],
      latest: version === latest,
      created: record.created,
      rows: record.datasets.reduce((sum, dataset) => sum + dataset.rows, 0),
      bytes: size(record),
      warnings: warningsOf(record),
      ...(record.quarantine ? { quarantine: record.quarantine } : {}),
    }));
    context.print(JSON.stringify({ template, versions: list, unreadable: unreadableRows(unreadable) }, null, 2));
    return undefined;
  }
  if (versions.length === 0 && unreadable.length === 0) {
    context.print(`${template} has no versions yet\nhint: lifecycle ingest ${template}`);
    return undefined;
  }
  const someWarn = versions.some(({ record }) => warningsOf(record).length > 0);
  const rows = versions.map(({ version, record }) => [
    version + (version === latest ? ' (latest)' : isQuarantined(record) ? ' (quarantined)' : ''),
    record.datasets.reduce((sum, dataset) => sum + dataset.rows, 0).toLocaleString('en-US'),
    formatBytes(size(record)),
    record.created.slice(0, 16).replace('T', ' '),
    record.runner,
    ...(older.size > 0 ? [describeOlder(older.get(version))] : []),
    ...(someWarn ? [[...new Set(warningsOf(record).map(({ check }) => check))].join(', ') || '-'] : []),
  ]);
  rows.push(...unreadable.map(({ name }) => [name, 'unreadable', '-', '-', '-']));
  const columns = [
    { heading: 'VERSION' },
    { heading: 'ROWS', align: 'right' as const },
    { heading: 'SIZE', align: 'right' as const },
    { heading: 'MADE' },
    { heading: 'BY' },
    ...(older.size > 0 ? [{ heading: 'DEFINITION' }] : []),
    ...(someWarn ? [{ heading: 'WARNINGS' }] : []),
  ];
  context.print(formatTable(columns, rows).join('\n'));
  return undefined;
}

async function showVersion(context: CommandContext, definition: IngestTemplate, text: string): Promise<undefined> {
  const { id: template } = definition;
  const store = openIngestStore(storeLayout(context.settings.storeDir));
  const version = text === 'latest' ? await store.latest(template) : parseVersion(text);
  const record = version && (await store.read(template, version));
  if (!version || !record) {
    const known = (await store.survey(template)).found.slice(0, 8).map((entry) => entry.version);
    throw new LifecycleError('STO_NO_VERSION', `${template} has no version ${text}`, {
      hint: known.length > 0 ? `it has ${known.join(', ')}` : `make one: lifecycle ingest ${template} ${text}`,
    });
  }
  const dir = await store.directory(template, version);
  const stale = (await olderVersions(context, definition, [{ version, record }])).get(version) ?? [];
  const first = await firstRowsOf(context, template, dir, record);
  if (context.json) {
    const rows = [...first].map(([id, { columns, rows }]) => [
      id,
      rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))),
    ]);
    context.print(JSON.stringify({ path: dir, stale, ...record, first_rows: Object.fromEntries(rows) }, null, 2));
    return undefined;
  }
  const lines = [`${template}@${version}`, `path: ${dir}`, `made: ${record.created} by ${record.runner}`];
  lines.push(`source: ${record.source.type}${record.raw === null ? '' : `, ${record.raw}`}`);
  if (stale.length > 0) lines.push(`definition: ${describeOlder(stale)}`);
  lines.push(...quarantineLines(record));
  for (const dataset of record.datasets) {
    const place = dataset.crs === null ? '' : `, ${dataset.geometry_types.join('/')} in ${dataset.crs}`;
    lines.push(
      '',
      `${dataset.id}: ${dataset.rows.toLocaleString('en-US')} rows${place}`,
      `  ${path.join(dir, dataset.path)}`,
    );
    const columns = dataset.columns.map((column) => [column.name, column.type]);
    for (const { message, accepted } of dataset.warnings ?? [])
      lines.push(`  warning: ${message}${accepted ? ' (accepted)' : ''}`);
    lines.push(...checkLines(dataset));
    if (dataset.changes) {
      lines.push(`  since ${dataset.changes.since}:`);
      lines.push(...describeChanges(dataset.changes).map((change) => `    ${change}`));
    }
    lines.push(...formatTable([{ heading: 'COLUMN' }, { heading: 'TYPE' }], columns).map((line) => `  ${line}`));
    const shown = first.get(dataset.id);
    if (shown && shown.rows.length > 0) lines.push('', ...drawRows(shown.columns, shown.rows));
  }
  context.print(lines.join('\n'));
  return undefined;
}

/** Rows of each dataset that are shown. */
const FIRST_ROWS = 5;

/** What a record says is shown also where the data cannot be read. */
async function firstRowsOf(
  context: CommandContext,
  template: string,
  dir: string,
  { datasets }: IngestRecord,
): Promise<Map<string, FirstRows>> {
  const found = new Map<string, FirstRows>();
  // DuckDB comes with it, which what is said of builds and of all versions does without.
  const { firstRows } = await import('../query/first-rows.ts');
  for (const { id, path: relative } of datasets) {
    try {
      const data = { file: path.join(dir, relative), format: 'parquet' as const };
      found.set(id, await firstRows(data, context, FIRST_ROWS));
    } catch (error) {
      context.signal.throwIfAborted();
      const [reason] = String(error instanceof Error ? error.message : error).split('\n');
      context.reporter.log(
        'warning',
        `the rows of ${template === id ? id : `${template}, ${id},`} cannot be read: ${reason}`,
      );
    }
  }
  return found;
}

/** Why a version is kept apart, or who has lifted that. */
function quarantineLines({ template, version, quarantine }: IngestRecord): string[] {
  if (!quarantine) return [];
  const { released } = quarantine;
  const head = released
    ? `released: ${released.at} by ${released.by}: ${released.reason}`
    : `quarantined: never latest until lifecycle release ${template}@${version} --reason TEXT`;
  return [head, ...describeReasons(quarantine).map((reason) => `  ${reason}`)];
}

function checkLines({ checks = [] }: IngestRecord['datasets'][number]): string[] {
  if (checks.length === 0) return [];
  const count = (wanted: string) => checks.filter(({ status }) => status === wanted).length;
  const rest = ['warned', 'failed'].flatMap((each) => (count(each) > 0 ? [`${count(each)} ${each}`] : []));
  return [`  checks: ${[`${count('passed')} passed`, ...rest].join(', ')}`];
}
