import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { builtPage } from '../serve/page.ts';
import { startServing } from '../serve/server.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';

interface Flags {
  socket?: string;
  port?: string;
  page?: string;
  open?: boolean;
}

export function register(program: Command, run: Run): void {
  program
    .command('serve')
    .description('serve a page about the versions in the store, on this machine alone')
    .option('--open', 'open it in the browser')
    .option('--port <number>', 'listen on this port of the loopback address (default: a free one)')
    .option('--socket <file>', 'listen on a Unix socket instead, for a server that stands in front')
    .option('--page <dir>', 'the folder of the built page (default: the one that was built last)')
    .action(run(serve));
}

async function serve(context: CommandContext, flags: Flags): Promise<undefined> {
  const { settings, signal, reporter, cwd } = context;
  requireProject(await loadProject(settings.projectDir));
  const token = settings.value('LIFECYCLE_SERVE_TOKEN') ?? randomBytes(24).toString('base64url');
  const page = flags.page === undefined ? await builtPage() : path.resolve(cwd, flags.page);
  const isOnSocket = flags.socket !== undefined;
  const listen = isOnSocket ? { socket: path.resolve(cwd, flags.socket!) } : { port: portIn(flags.port) };
  const serving = await startServing({ settings, reporter, token, listen, page: isOnSocket ? undefined : page });
  try {
    const address = isOnSocket ? serving.address : `${serving.address}/?token=${encodeURIComponent(token)}`;
    // The token is what the address is for; as every secret it would be masked.
    context.stdout.write(context.json ? `${JSON.stringify({ address })}\n` : `${address}\n`);
    if (!isOnSocket && page === undefined) {
      reporter.log('warning', 'the page has not been built, so the API alone is served; `npm start` builds it');
    }
    if (flags.open && !isOnSocket) openInBrowser(address, (reason) => reporter.log('warning', reason));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await serving.close();
  }
  return undefined;
}

function portIn(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port > 0 && port < 65_536) return port;
  throw new LifecycleError('LIF_USAGE', `${JSON.stringify(text)} is no port`, { hint: 'write a number up to 65535' });
}

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };

function openInBrowser(address: string, cannot: (reason: string) => void): void {
  const program = OPENERS[process.platform];
  if (program === undefined) {
    cannot('no browser is known here; open the address yourself');
    return;
  }
  const child = spawn(program, [address], { stdio: 'ignore', detached: true });
  child.once('error', () => cannot(`${program} cannot be started; open the address yourself`));
  child.unref();
}
