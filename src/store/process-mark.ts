import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { processIdentity, processPlace, UNKNOWN } from '../processes/identity.ts';
import { hashText } from './files.ts';

const short = (text: string) => hashText(text).slice(0, 12);

/** Place, pid, a process's identity, and a random part. */
const MARK = /\b([0-9a-f]{12})-(\d+)-([0-9a-f]{12})-[0-9a-f]{8}$/;

const here = async () => short(`${hostname()} ${await processPlace()}`);

/**
 * The end of a file's name that says which process made it, so that a later run can clear away what a killed one left.
 * It is in the name, and not in a file beside, because a name is there from the first moment.
 */
export async function processMark(): Promise<string> {
  const identity = await processIdentity(process.pid);
  return [await here(), process.pid, short(identity), randomBytes(4).toString('hex')].join('-');
}

/** True only for a name that carries a mark of a process that could be looked at from here, and is proven gone. */
export async function isLeftBehind(name: string): Promise<boolean> {
  const [, place, pid, life] = MARK.exec(name) ?? [];
  if (place !== (await here()) || (await processPlace()) === '') return false;
  const identity = await processIdentity(Number(pid));
  return identity !== UNKNOWN && (identity === '' || short(identity) !== life);
}

/** Whether a name carries a mark of a process elsewhere, of which nothing can be told from here. */
export async function isFromElsewhere(name: string): Promise<boolean> {
  const place = MARK.exec(name)?.[1];
  return place !== undefined && place !== (await here());
}
