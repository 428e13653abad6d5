import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { hashText } from './files.ts';
import { processIdentity } from './process-identity.ts';

const short = (text: string) => hashText(text).slice(0, 12);

/** Host, pid, a process's identity, and a random part. */
const MARK = /\b([0-9a-f]{12})-(\d+)-([0-9a-f]{12})-[0-9a-f]{8}$/;

/**
 * The end of a file's name that says which process made it, so that a later run can clear away what a killed one left.
 * It is in the name, and not in a file beside, because a name is there from the first moment.
 */
export async function processMark(): Promise<string> {
  const identity = await processIdentity(process.pid);
  return [short(hostname()), process.pid, short(identity), randomBytes(4).toString('hex')].join('-');
}

/** True only for a name that carries a mark of this host whose process is proven gone. */
export async function isLeftBehind(name: string): Promise<boolean> {
  const [, host, pid, life] = MARK.exec(name) ?? [];
  if (host !== short(hostname())) return false;
  const identity = await processIdentity(Number(pid));
  return identity === '' || short(identity) !== life;
}
