import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { StoreLayout } from './layout.ts';
import { stillRuns } from './process-identity.ts';

/** A claim as its lock file tells it. */
export interface HeldClaim {
  /** What is claimed, such as `ingest dcp_pluto 24v1`. */
  subject: string;
  pid: number;
  host: string;
  /** ISO time. */
  since: string;
  /** False when the holder is proven gone: it was killed before it could finish. */
  alive: boolean;
}

/** Everything that is claimed at this moment, and what killed holders left claimed. */
export async function heldClaims(layout: StoreLayout): Promise<HeldClaim[]> {
  const names = await readdir(layout.locks).catch(() => []);
  const claims = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readClaim(path.join(layout.locks, name))),
  );
  return claims.filter((claim) => claim !== undefined);
}

async function readClaim(file: string): Promise<HeldClaim | undefined> {
  try {
    const { subject, pid, host, since, identity } = JSON.parse(await readFile(file, 'utf8')) as HeldClaim & {
      identity: string;
    };
    const alive = host !== hostname() || (await stillRuns(pid, identity));
    return { subject, pid, host, since, alive };
  } catch {
    // It was let go, or is being written.
    return undefined;
  }
}
