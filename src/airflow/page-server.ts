import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { INSTALLATION, type Settings } from '../settings/settings.ts';
import type { ComponentPlan } from './component.ts';
import type { homeLayout } from './configuration.ts';

/** An address of a socket takes 108 bytes on Linux and 104 on macOS, with the one that ends it. */
const LONGEST_SOCKET = 100;

export const PAGE_SERVER = 'serve';

/** The server of the page of versions, which Airflow's plugin stands before. */
export interface PageServer {
  plan: ComponentPlan;
  /** What the plugin is told: where it answers, and what it wants to be shown. */
  env: { LIFECYCLE_SERVE_SOCKET: string; LIFECYCLE_SERVE_TOKEN: string };
  /** Removes what lies outside of the Airflow home. */
  clear(): Promise<void>;
}

/** @param base the environment that Airflow's programs start from */
export async function pageServer(
  { projectDir, airflowHome }: Settings,
  layout: ReturnType<typeof homeLayout>,
  base: Readonly<Record<string, string>>,
): Promise<PageServer> {
  const { socket, clear } = await socketPlace(airflowHome);
  // Nobody knows it but this start's processes.
  const env = { LIFECYCLE_SERVE_SOCKET: socket, LIFECYCLE_SERVE_TOKEN: randomBytes(24).toString('base64url') };
  return {
    plan: {
      name: PAGE_SERVER,
      command: path.join(INSTALLATION, 'bin', 'lifecycle'),
      args: ['--project', projectDir, 'serve', '--socket', socket],
      env: { ...base, ...env },
      cwd: airflowHome,
      logFile: path.join(layout.serverLogs, `${PAGE_SERVER}.log`),
      stopSignal: 'SIGTERM',
      stopWithinMs: 3_000,
    },
    env,
    clear,
  };
}

/** In the Airflow home, which is the user's own; where that lies too deep, in a folder that the user alone may enter. */
async function socketPlace(airflowHome: string): Promise<{ socket: string; clear(): Promise<void> }> {
  const name = 'serve.sock';
  const near = path.join(airflowHome, name);
  if (Buffer.byteLength(near) <= LONGEST_SOCKET) return { socket: near, clear: async () => {} };
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-'));
  return { socket: path.join(dir, name), clear: () => rm(dir, { recursive: true, force: true }) };
}
