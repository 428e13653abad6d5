import path from 'node:path';
import { readBuild, surveyBuilds } from '../builds/build-record.ts';
import { readPartition, STAGES } from '../builds/partition.ts';
import { LifecycleError } from '../errors.ts';
import type { PartitionKey, ProductId } from '../ids.ts';
import { formatBytes, formatSeconds } from '../report.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import { formatTable } from './table.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** The finished builds of a product, and those that cannot be read. */
export async function showBuilds(context: CommandContext, product: ProductId): Promise<void> {
  const { found, unreadable } = await surveyBuilds(storeLayout(context.settings.storeDir), product);
  warnOfUnreadable(context, product, unreadableRows(unreadable));
  if (context.json) {
    const list = found.map(({ record }) => record);
    context.print(JSON.stringify({ product, builds: list, unreadable: unreadableRows(unreadable) }, null, 2));
    return;
  }
  if (found.length === 0 && unreadable.length === 0) {
    context.print(
      `${product} has no finished builds yet\nhint: lifecycle build ${JSON.stringify(product)} PARTITION_KEY`,
    );
    return;
  }
  const rows = found.map(({ key, record }) => [
    key,
    record.version,
    String(record.inputs.length),
    String(record.outputs.length),
    record.created.slice(0, 16).replace('T', ' '),
  ]);
  rows.push(...unreadable.map(({ name }) => [name, 'unreadable', '-', '-', '-']));
  const headings = ['PARTITION', 'VERSION', 'INPUTS', 'OUTPUTS', 'MADE'].map((heading) => ({ heading }));
  context.print(formatTable(headings, rows).join('\n'));
}

/** One partition: how far it is, what it was made from, what it made. */
export async function showBuild(context: CommandContext, product: ProductId, key: PartitionKey): Promise<void> {
  const layout = storeLayout(context.settings.storeDir);
  const { dir, stages } = await readPartition(layout, product, key);
  const done = STAGES.filter((stage) => stages[stage]);
  if (done.length === 0) {
    throw new LifecycleError('STO_NO_VERSION', `${product} has no partition ${key}`, {
      hint: `make it: lifecycle build ${JSON.stringify(product)} ${key}`,
    });
  }
  const finished = await readBuild(layout, product, key);
  if (context.json) {
    context.print(JSON.stringify({ path: dir, stages, record: finished?.record ?? null }, null, 2));
    return;
  }
  const lines = [`${product}@${key}`, `path: ${dir}`];
  for (const stage of STAGES) {
    const record = stages[stage];
    lines.push(`${stage}: ${record ? `done ${record.finished}, ${formatSeconds(record.seconds * 1000)}` : 'not done'}`);
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
