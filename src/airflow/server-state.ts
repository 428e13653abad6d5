import { readFile, rm } from 'node:fs/promises';
import { familyOf, killFamilies } from '../processes/families.ts';
import { processIdentity, stillRuns } from '../processes/identity.ts';
import { listProcesses } from '../processes/process-table.ts';
import { formatJson, writeFileDurably } from '../store/files.ts';

/** A process that cannot be confused with a later one of the same pid. */
export interface KnownProcess {
  pid: number;
  identity: string;
}

/** What a running server tells other terminals about itself, in `server.json`. Holds no secret. */
export interface ServerState {
  supervisor: KnownProcess;
  /** For programs of this machine. */
  url: string;
  /** For people, wherever they are. */
  shown_url: string;
  project: string;
  store: string;
  /** ISO time. */
  since: string;
  database: string;
  /** Whether everything was healthy once. */
  ready: boolean;
  components: { name: string; state: string; pid: number | undefined }[];
  /** Leaders of all process groups that were ever started; their families are ours to end. */
  leaders: (KnownProcess & { name: string })[];
}

export async function knownProcess(pid: number): Promise<KnownProcess> {
  return { pid, identity: await processIdentity(pid) };
}

export async function writeServerState(file: string, state: ServerState): Promise<void> {
  await writeFileDurably(file, formatJson(state));
}

const isKnownProcess = (value: unknown): value is KnownProcess => {
  const { pid, identity } = (value ?? {}) as Partial<KnownProcess>;
  return Number.isSafeInteger(pid) && pid! > 0 && typeof identity === 'string';
};

/** What the file says; undefined where it is not there, or damaged. */
export async function readServerState(file: string): Promise<ServerState | undefined> {
  try {
    const state = JSON.parse(await readFile(file, 'utf8')) as ServerState | null;
    const { supervisor, leaders, components, url } = state ?? {};
    const isWhole = isKnownProcess(supervisor) && Array.isArray(leaders) && leaders.every(isKnownProcess);
    return isWhole && Array.isArray(components) && typeof url === 'string' ? state! : undefined;
  } catch {
    return undefined;
  }
}

/** The state of the server that runs on this home now, if one does. */
export async function runningServer(file: string): Promise<ServerState | undefined> {
  const state = await readServerState(file);
  return state && (await stillRuns(state.supervisor.pid, state.supervisor.identity)) ? state : undefined;
}

/**
 * Leaders whose families are a server's. A leader's number is not given to another process while members of its group
 * live, so it is only in doubt when a process of that number runs: then its identity decides.
 */
async function ownLeaders({ leaders }: ServerState): Promise<Map<number, string>> {
  const own = new Map<number, string>();
  for (const { pid, identity, name } of leaders) {
    const current = await processIdentity(pid);
    if (current === '' || current === identity) own.set(pid, name);
  }
  return own;
}

/** A server that was cut off, and what of it still runs: numbers of processes by the name of their component. */
export interface Leftovers {
  state: ServerState;
  processes: Record<string, number>;
}

/** What a server left running that was killed itself; undefined when there is nothing. */
export async function leftovers(file: string): Promise<Leftovers | undefined> {
  const state = await readServerState(file);
  if (!state || (await stillRuns(state.supervisor.pid, state.supervisor.identity))) return undefined;
  const rows = listProcesses();
  const processes: Record<string, number> = {};
  for (const [pid, name] of await ownLeaders(state)) {
    const size = familyOf(rows, new Set([pid])).length;
    if (size > 0) processes[name] = (processes[name] ?? 0) + size;
  }
  return Object.keys(processes).length > 0 ? { state, processes } : undefined;
}

/** Ends what a server left running that was killed itself, and removes its state. Answers how many processes it were. */
export async function endLeftovers(file: string): Promise<number> {
  const state = await readServerState(file);
  if (!state) return 0;
  const leaders = new Set((await ownLeaders(state)).keys());
  const ended = leaders.size === 0 ? 0 : await killFamilies(leaders);
  await rm(file, { force: true });
  return ended;
}
