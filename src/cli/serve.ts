import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { makeApp } from '../serve/app.ts';
import { Assets } from '../serve/assets.ts';
import { ProjectView } from '../serve/project-view.ts';
import { RecordIndex } from '../serve/record-index.ts';
import { Tables } from '../serve/tables.ts';
import { Versions } from '../serve/versions.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './main.ts';

export function register(program: Command, run: Run): void {
  program
    .command('serve')
    .description('answer what a page asks about the store, on this machine alone')
    .option('--socket <file>', 'listen on a Unix socket instead of a port')
    .option('--port <number>', 'listen on this port of the loopback address (default: a free one)')
    .action(run(serve));
}

async function serve(context: CommandContext, flags: { socket?: string; port?: string }): Promise<undefined> {
  const { settings, signal } = context;
  const index = await RecordIndex.open(path.join(settings.storeDir, '.cache', 'index.sqlite'));
  const tables = new Tables(settings);
  const assets = new Assets(settings, new ProjectView(settings), index);
  const token = settings.value('LIFECYCLE_SERVE_TOKEN') ?? randomBytes(24).toString('base64url');
  const app = await makeApp({ assets, versions: new Versions(settings, assets), tables, token });
  try {
    const address = await app.listen(
      flags.socket === undefined ? { host: '127.0.0.1', port: Number(flags.port ?? 0) } : { path: flags.socket },
    );
    context.print(address);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await app.close();
    await tables.close();
    index.close();
  }
  return undefined;
}
