import { createHash } from 'node:crypto';
import { lstat, open, readFile, readlink, stat } from 'node:fs/promises';

/** Larger files are known by size, time of change, beginning and end: reading them at every look would take too long. */
export const WHOLE_BYTES = 64 * 1024 * 1024;
const END_BYTES = 1024 * 1024;
const EXECUTABLE = 0o111;

const blob = (content: Buffer | string) => {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
};

/**
 * Mode and content of a file as git has them, so that what git knows of an unchanged file need not be read. A symbolic
 * link is its text, and what it leads to. Undefined for what is not there, or is neither file nor link.
 */
export async function hashOfFile(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isSymbolicLink()) {
    const [text, behind] = await Promise.all([readlink(file), stat(file).catch(() => undefined)]);
    const content = behind?.isFile() ? ` ${await contentHash(file, behind)}` : '';
    return `120000 ${blob(text)}${content}`;
  }
  if (!found?.isFile()) return undefined;
  return `${found.mode & EXECUTABLE ? '100755' : '100644'} ${await contentHash(file, found)}`;
}

async function contentHash(file: string, { size, mtimeMs }: { size: number; mtimeMs: number }): Promise<string> {
  if (size <= WHOLE_BYTES) return blob(await readFile(file));
  const handle = await open(file, 'r');
  try {
    const hash = createHash('sha1').update(`${size} ${mtimeMs}`);
    for (const position of [0, size - END_BYTES]) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(END_BYTES), 0, END_BYTES, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return `large ${hash.digest('hex')}`;
  } finally {
    await handle.close();
  }
}
