import path from 'node:path';
import type { Command } from 'commander';
import { EXPORT_FORMATS, exportData } from '../query/export.ts';
import { formatBytes } from '../report.ts';
import { resolveData } from '../store/reference.ts';
import type { Run } from './program.ts';
import { referenceScope } from './reference-scope.ts';

export function register(program: Command, run: Run): void {
  program
    .command('export')
    .description('write a version, an output of a build or a Parquet file in another format')
    .argument('<data>', 'ID, ID@VERSION, builds.PRODUCT@KEY.OUTPUT, or the path of a Parquet file')
    .requiredOption('--to <file>', `the file to write; its ending is the format: ${EXPORT_FORMATS.join(', ')}`)
    .option('--overwrite', 'replace that file if it stands')
    .action(
      run(async (context, text: string, { to, overwrite = false }: { to: string; overwrite?: boolean }) => {
        const data = await resolveData(referenceScope(context), text);
        const { file, bytes, crs, renamed } = await exportData(data, path.resolve(context.cwd, to), overwrite, context);
        context.print(
          context.json
            ? JSON.stringify({ name: data.name, file, bytes, crs, renamed }, null, 2)
            : `${data.name}: ${formatBytes(bytes)}${crs === null ? '' : `, ${crs}`}\n${file}`,
        );
        return undefined;
      }),
    );
}
