import path from 'node:path';
import { ProductStaleness } from '../builds/code/partition-staleness.ts';
import { describeStale } from '../builds/code/staleness.ts';
import { LifecycleError } from '../errors.ts';
import type { PartitionKey } from '../ids.ts';
import { inParallel } from '../in-parallel.ts';
import type { Product } from '../project/project.ts';
import { formatBytes, formatSeconds } from '../report.ts';
import { readPartition, STAGES } from '../store/builds/partition.ts';
import { readBuild } from '../store/builds/record.ts';
import { surveyBuilds } from '../store/builds/survey.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import { formatTable } from './table.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** Builds that are compared with the code at a time. */
const AT_ONCE = 4;

/** The finished builds of a product, and those that cannot be read. */
export async function showBuilds(context: CommandContext, { id: product, ...facts }: Product): Promise<void> {
  const layout = storeLayout(context.settings.storeDir);
  const { found, unreadable } = await surveyBuilds(layout, product);
  warnOfUnreadable(context, product, unreadableRows(unreadable));
  const staleness = new ProductStaleness(context, { id: product, ...facts });
  const stale = await inParallel(found, AT_ONCE, async ({ key }) =>
    staleness.of(await readPartition(layout, product, key), key),
  );
  if (context.json) {
    const list = found.map(({ record }, i) => ({ ...record, stale: stale[i] }));
    context.print(JSON.stringify({ product, builds: list, unreadable: unreadableRows(unreadable) }, null, 2));
    return;
  }
  if (found.length === 0 && unreadable.length === 0) {
    context.print(
      `${product} has no finished builds yet\nhint: lifecycle build ${JSON.stringify(product)} PARTITION_KEY`,
    );
    return;
  }
  const rows = found.map(({ key, record }, i) => [
    key,
    record.version,
    String(record.inputs.length),
    String(record.outputs.length),
    record.created.slice(0, 16).replace('T', ' '),
    stale[i]!.length > 0 ? `stale: ${describeStale(stale[i]!)}` : 'done',
  ]);
  rows.push(...unreadable.map(({ name }) => [name, 'unreadable', '-', '-', '-', '-']));
  const headings = ['PARTITION', 'VERSION', 'INPUTS', 'OUTPUTS', 'MADE', 'STATE'].map((heading) => ({ heading }));
  context.print(formatTable(headings, rows).join('\n'));
}

/** One partition: how far it is, what it was made from, what it made. */
export async function showBuild(context: CommandContext, definition: Product, key: PartitionKey): Promise<void> {
  const { id: product } = definition;
  const layout = storeLayout(context.settings.storeDir);
  const partition = await readPartition(layout, product, key);
  const { dir, stages } = partition;
  const done = STAGES.filter((stage) => stages[stage]);
  if (done.length === 0) {
    throw new LifecycleError('STO_NO_VERSION', `${product} has no partition ${key}`, {
      hint: `make it: lifecycle build ${JSON.stringify(product)} ${key}`,
    });
  }
  const finished = await readBuild(layout, product, key);
  const stale = await new ProductStaleness(context, definition).of(partition, key);
  if (context.json) {
    context.print(JSON.stringify({ path: dir, stages, stale, record: finished?.record ?? null }, null, 2));
    return;
  }
  const lines = [`${product}@${key}`, `path: ${dir}`];
  for (const stage of STAGES) {
    const record = stages[stage];
    const outdated = stage === 'build' && stale.length > 0 ? `; stale: ${describeStale(stale)}` : '';
    const done = record && `done ${record.finished}, ${formatSeconds(record.seconds * 1000)}${outdated}`;
    lines.push(`${stage}: ${done ?? 'not done'}`);
  }
  if (finished?.record.code) {
    const { tree, commit, dirty } = finished.record.code;
    const at = commit === null ? '' : `, commit ${commit.slice(0, 12)}${dirty ? ' with changes' : ''}`;
    lines.push(`code: ${tree.slice(0, 12)}${at}`);
  }
  if (finished) {
    const inputs = finished.record.inputs.map((input) => [
      input.id,
      input.version ?? '-',
      input.rows?.toLocaleString('en-US') ?? '-',
    ]);
    const outputs = finished.record.outputs.map((file) => [
      path.join(dir, 'output', file.path),
      formatBytes(file.bytes),
    ]);
    lines.push(
      '',
      ...formatTable([{ heading: 'INPUT' }, { heading: 'VERSION' }, { heading: 'ROWS', align: 'right' }], inputs),
    );
    lines.push('', ...formatTable([{ heading: 'OUTPUT' }, { heading: 'SIZE', align: 'right' }], outputs));
  }
  context.print(lines.join('\n'));
}
