import path from 'node:path';
import type { Command } from 'commander';
import { buildCatalog } from '../catalog/build-catalog.ts';
import { plural } from '../counts.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  const catalog = program
    .command('catalog')
    .description('a site of plain files about all templates, versions, products and columns');
  catalog
    .command('build')
    .description('write the catalogue, or bring it up to date: only what has changed is written')
    .requiredOption('--out <dir>', 'the folder; it opens from disk, and holds catalog.duckdb as well')
    .action(
      run(async (context, { out }: { out: string }) => {
        const result = await buildCatalog(path.resolve(context.cwd, out), context);
        const { templates, versions, products, builds, written } = result;
        context.print(
          context.json
            ? JSON.stringify(result, null, 2)
            : `${plural(templates, 'template')}, ${plural(versions, 'version')}, ${plural(products, 'product')}, ${plural(builds, 'build')}; ${plural(written, 'file')} written\n${path.join(result.path, 'index.html')}`,
        );
        return undefined;
      }),
    );
}
