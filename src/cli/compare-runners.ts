import path from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../error-codes.ts';
import { compareRunners, type DatasetComparison, type RunnerComparison } from '../ingest/comparison/compare.ts';
import type { ColumnDifference } from '../ingest/comparison/tables.ts';
import { formatSeconds } from '../report.ts';
import { templateOf } from './ingest.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  program
    .command('compare-runners')
    .description("make a version with this program and with the department's engine, and compare; publishes nothing")
    .argument('<template>', 'id of the template')
    .argument('<version>', 'the version')
    .option('--file <raw>', 'a raw file to read in place of the source')
    .action(
      run(async (context, template: string, version: string, { file }: { file?: string }) => {
        const found = await compareRunners(
          await templateOf(context.settings.projectDir, template),
          { version, file: file === undefined ? undefined : path.resolve(context.cwd, file) },
          context,
        );
        context.print(context.json ? JSON.stringify(comparisonResult(found), null, 2) : describeComparison(found));
        return found.equal ? EXIT.done : EXIT.failed;
      }),
    );
}

function comparisonResult({ runs, ...found }: RunnerComparison): Record<string, unknown> {
  const run = ({ seconds, error }: RunnerComparison['runs']['native']) => ({
    seconds,
    ...(error ? { error: { code: error.code, message: error.message, hint: error.hint } } : {}),
  });
  return { ...found, runs: { native: run(runs.native), dcpy: run(runs.dcpy) } };
}

/** With more datasets, those that are equal get a line each. */
const MOST_WHOLE = 4;
/** Lines of one kind that are shown; `--json` has them all. */
const MOST = 6;

function describeComparison({
  template,
  version,
  equal,
  runs,
  otherRaw,
  metadata,
  datasets,
}: RunnerComparison): string {
  const lines = [`${template}@${version}: ${equal ? 'equal' : 'different'}`];
  for (const [runner, { seconds, error }] of Object.entries(runs)) {
    lines.push(
      `  ${runner.padEnd(6)} ${formatSeconds(seconds * 1000)}${error ? `, ${error.code}: ${error.message}` : ''}`,
    );
    if (error?.cause instanceof Error) lines.push(`         cause: ${error.cause.message.split('\n')[0]}`);
  }
  if (otherRaw) lines.push('  the two raw files differ; give one to both with --file to compare the rest');
  lines.push(...few(metadata).map((line) => `  ${line}`));
  const isLong = datasets.length > MOST_WHOLE;
  for (const dataset of datasets)
    lines.push(...(isLong && dataset.equal ? [inOneLine(dataset)] : describeDataset(dataset)));
  return lines.join('\n');
}

function inOneLine({ id, rows, columns, crs }: DatasetComparison): string {
  return `${id}: equal, ${rows[0].toLocaleString('en-US')} rows, ${columns} columns${crs === null ? '' : `, ${crs}`}`;
}

function describeDataset(dataset: DatasetComparison): string[] {
  const { id, equal, rows, columns, crs, schema, values, metadata } = dataset;
  const counts = rows.map((n) => n.toLocaleString('en-US'));
  return [
    `${id}: ${equal ? 'equal' : 'different'}`,
    `  rows      ${rows[0] === rows[1] ? counts[0] : `${counts[0]} by native, ${counts[1]} by dcpy`}`,
    ...labelled('schema', schema, `${columns} columns, the same names, order and types`),
    ...labelled('values', describeValues(dataset), values.length === 0 ? 'the same in the same order' : nearly(values)),
    ...labelled('metadata', metadata, `the same${crs === null ? '' : `, ${crs}`}`),
  ];
}

function labelled(label: string, found: readonly string[], otherwise: string): string[] {
  const lines = found.length === 0 ? [otherwise] : few(found);
  return lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(8)}  ${line}`);
}

function few(lines: readonly string[]): string[] {
  return lines.length <= MOST
    ? [...lines]
    : [...lines.slice(0, MOST - 1), `and ${lines.length - MOST + 1} more (--json)`];
}

function nearly(values: readonly ColumnDifference[]): string {
  return `the same in the same order, within 1e-9 or by shape: ${values.map(({ name, near }) => `${name} (${near.toLocaleString('en-US')})`).join(', ')}`;
}

function describeValues({ values, unmatched }: DatasetComparison): string[] {
  if (unmatched === undefined) return [];
  const [first, second] = unmatched.map((n) => n.toLocaleString('en-US'));
  const rows =
    unmatched[0] + unmatched[1] === 0
      ? 'the same rows in another order'
      : `rows that only one has, in whatever order: ${first} by native, ${second} by dcpy`;
  const columns = values.flatMap(({ name, different, first: place }) => {
    if (!place) return [];
    const [ours, theirs] = place.values.map((text) => (text === null ? 'null' : JSON.stringify(text)));
    return [`${name}: ${different.toLocaleString('en-US')} differ, first in row ${place.row}: ${ours} | ${theirs}`];
  });
  return [rows, ...columns];
}
