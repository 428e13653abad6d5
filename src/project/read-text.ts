import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../errors.ts';

/** A text file without its byte order mark, or why it cannot be read. */
type TextReading = { text: string; finding?: undefined } | { text?: undefined; finding: Finding };

/** A file of a project is read whole. */
const MOST_BYTES = 20_000_000;

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a file of a project. A link that leads out of `root`, the real path of the project, is refused.
 * Reading synchronously is faster than as many promises for hundreds of small files.
 */
export function readText(file: string, root: string): TextReading {
  const finding = (code: Finding['code'], message: string, hint?: string): { finding: Finding } => ({
    finding: { severity: 'error', code, message, place: { file, line: 1, column: 1 }, hint },
  });
  try {
    if (lstatSync(file).isSymbolicLink() && !isInside(realpathSync(file), root)) {
      return finding(
        'PRJ_OUTSIDE_PROJECT',
        'the file is a link that leads out of the project',
        'copy it into the project',
      );
    }
    const { size } = statSync(file);
    if (size > MOST_BYTES) {
      return finding(
        'PRJ_UNREADABLE',
        `the file has ${size.toLocaleString('en-US')} bytes, and ${MOST_BYTES.toLocaleString('en-US')} are the most that is read`,
        'templates and recipes are some kilobytes of text: move what is no definition out of the file',
      );
    }
    return { text: decoder.decode(readFileSync(file)) };
  } catch (error) {
    if (error instanceof TypeError) return finding('PRJ_UNREADABLE', 'the file is not UTF-8', 'save it as UTF-8');
    return finding('PRJ_UNREADABLE', `the file cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

export function isInside(candidate: string, folder: string): boolean {
  const way = path.relative(folder, candidate);
  return way === '' || (!way.startsWith(`..${path.sep}`) && way !== '..' && !path.isAbsolute(way));
}

/** Whether a path stays inside `root` (a real path) when all links on the way are followed, as far as it exists. */
export function staysInside(candidate: string, root: string): boolean {
  let existing = candidate;
  for (;;) {
    try {
      return isInside(realpathSync(existing), root);
    } catch {
      const parent = path.dirname(existing);
      if (parent === existing) return false;
      existing = parent;
    }
  }
}
