import path from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../report.ts';
import { writeReport } from '../reports/report.ts';
import type { Run } from './program.ts';
import { referenceScope } from './reference-scope.ts';

export function register(program: Command, run: Run): void {
  program
    .command('report')
    .description('a page about a version or a build: columns, values, map, rows, changes, steps, where it came from')
    .argument('<data>', 'ID, ID@VERSION, builds.PRODUCT@KEY; or a table, as an output or the path of a Parquet file')
    .option('--out <file>', "where to (default: in the store's reports)")
    .action(
      run(async (context, text: string, { out }: { out?: string }) => {
        const target = out === undefined ? undefined : path.resolve(context.cwd, out);
        const report = await writeReport(referenceScope(context), text, target, context);
        context.print(
          context.json
            ? JSON.stringify(report, null, 2)
            : `${report.name}: ${report.path}, ${formatBytes(report.bytes)}`,
        );
        return undefined;
      }),
    );
}
