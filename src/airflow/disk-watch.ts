import { statfs } from 'node:fs/promises';
import type { Reporter } from '../report.ts';

const LOOK_EVERY_MS = 5_000;
/** A file of PostgreSQL's log of changes is 16 MB, and it makes the next one before it needs it. */
const LITTLE_BYTES = 32e6;

const asMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** What is left on the disk of a directory, where it is so little that a server there cannot work; else undefined. */
export async function littleRoom(dir: string): Promise<string | undefined> {
  // What cannot be told is no reason to worry anybody.
  const room = await statfs(dir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
  return room < LITTLE_BYTES ? asMegabytes(room) : undefined;
}

/**
 * Says that the disk of the Airflow home is full, and when there is room again: Airflow's programs wait then, end, or
 * hang, each in its own way, and only their logs could tell, which lie on the same disk. Gives the function that ends it.
 */
export function watchDisk(home: string, reporter: Reporter, everyMs = LOOK_EVERY_MS): () => void {
  let wasFull = false;
  let stopped = false;
  const look = async () => {
    const left = await littleRoom(home);
    if (stopped || (left !== undefined) === wasFull) return;
    wasFull = left !== undefined;
    if (wasFull) {
      const message = `the disk of ${home} is full (${left} left): tasks and parts of Airflow wait, fail, or are started anew`;
      reporter.log('warning', message, { 'goes on': 'once there is room' });
    } else reporter.log('info', `there is room again on the disk of ${home}`);
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  void look();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
