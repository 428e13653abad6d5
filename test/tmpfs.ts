import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why file systems of memory cannot be mounted here, for a test that is skipped; false where they can. */
export const NO_TMPFS = await whyNoTmpfs();

async function whyNoTmpfs(): Promise<string | false> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-tmpfs-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]);
    await run('umount', [dir]);
    return false;
  } catch (error) {
    return `NOT TESTED: no tmpfs can be mounted here (${(error as Error).message.split('\n').at(-1)})`;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A small file system at a directory. Made before what removes the directory, so that it is unmounted before that. */
export class SmallFileSystem {
  #dir: string | undefined;

  constructor(t: Pick<TestContext, 'after'>) {
    t.after(() => this.unmount());
  }

  async unmount(): Promise<void> {
    if (this.#dir !== undefined) await run('umount', ['--lazy', this.#dir]);
    this.#dir = undefined;
  }

  async mount(dir: string, megabytes: number): Promise<void> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
    this.#dir = dir;
  }

  async readOnly(isReadOnly: boolean): Promise<void> {
    await run('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.#dir!]);
  }

  /** Fills the disk but for so many bytes. */
  async leave(bytes: number): Promise<void> {
    await this.free();
    const { bavail, bsize } = await statfs(this.#dir!);
    try {
      await writeFile(this.#filler(), Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
    } catch (error) {
      // Others have written meanwhile: the disk is full to the last byte.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      await truncate(this.#filler(), Math.max(0, (await stat(this.#filler())).size - bytes));
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler(), { force: true });
  }

  #filler(): string {
    return path.join(this.#dir!, 'filler');
  }
}
