import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { INSTALLATION } from '../src/settings/settings.ts';
import { answerHere } from './here.ts';
import { VENV } from './ingest/project.ts';
import { BOTH_PARTS } from './second-part.ts';

/** A command of a page, and what the page says that it prints. */
export interface Shown {
  command: string;
  output: string;
  /** Place of the output in the page's lines. */
  from: number;
  to: number;
}

/** What a page shows of it is stdout, and stderr where it fails. */
interface Printed {
  stdout: string;
  stderr: string;
  code: number;
}

/** A line of a page that stands for any number of lines. */
const ELISION = '…';

/** The commands in a page's `console` blocks: a line that begins with `$ `, then what it prints. */
export function transcriptsOf(text: string): Shown[] {
  const found: Shown[] = [];
  let inside = false;
  let open: Shown | undefined;
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    if (!inside) inside = line === '```console';
    else if (line === '```' || line.startsWith('$ ')) {
      if (open) found.push({ ...open, to: i, output: lines.slice(open.from, i).join('\n') });
      inside = line !== '```';
      open = inside ? { command: line.slice(2), output: '', from: i + 1, to: i + 1 } : undefined;
    }
  }
  return found;
}

/** What differs from run to run: the project's folder, moments and durations; blanks that nobody sees go. */
export function normalised(text: string, project: string): string {
  return text
    .replaceAll(project, '/home/me/nyc')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?/g, '2026-01-31 12:00')
    .replaceAll(/\b\d+(\.\d+)? (ms|s)\b/g, '0.5 s')
    .replaceAll(/[ \t]+$/gm, '')
    .replace(/\n+$/, '');
}

/** Whether what was printed is what the page shows, elisions apart. */
export function matches(shown: string, printed: string): boolean {
  const pattern = shown
    .split('\n')
    .map((line) => (line.trim() === ELISION ? '(?:.*\n)*?' : `${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(`${printed}\n`);
}

/** A word, plain or in quotes that hold nothing of the shell's. */
const WORD = /\s*(?:'([^']*)'|"([^"$`\\!]*)"|([\w@.,:/=-]+))(?=\s|$)/y;
/** What nobody is to see: both streams, or stderr. */
const UNSEEN = /( >\/dev\/null 2>&1)$|( 2>\/dev\/null)$/;

/** The words of a command line of this program; undefined where it takes a shell to read it. */
export function wordsOf(command: string): string[] | undefined {
  const words: string[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < command.length) {
    const found = WORD.exec(command);
    if (!found) return undefined;
    words.push(found[1] ?? found[2] ?? found[3]!);
  }
  return words.shift() === 'lifecycle' ? words : undefined;
}

/** What a command line of a page prints in a project: by the binary in a shell, or by the same program in this process. */
export async function runShown(command: string, project: string): Promise<Printed> {
  const [, both, errors] = UNSEEN.exec(command) ?? [];
  const words = BOTH_PARTS ? undefined : wordsOf(command.replace(UNSEEN, ''));
  const env = {
    PATH: `${path.join(INSTALLATION, 'bin')}${path.delimiter}${process.env.PATH ?? ''}`,
    HOME: process.env.HOME ?? '',
    LIFECYCLE_VENV: VENV,
  };
  if (words) {
    const { stdout, stderr, code } = await answerHere(words, { cwd: project, env });
    return { stdout: both ? '' : stdout, stderr: both || errors ? '' : stderr, code: code ?? 1 };
  }
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd: project, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ stdout, stderr, code });
    });
  });
}

/** Puts what was printed into the page, in place of what it shows; what has elisions and matches stays. */
export function rewrite(page: string, printed: ReadonlyMap<Shown, string>): void {
  const lines = readFileSync(page, 'utf8').split('\n');
  for (const [{ from, to, output }, now] of [...printed].toReversed()) {
    if (!matches(output, now)) lines.splice(from, to - from, ...now.split('\n'));
  }
  writeFileSync(page, lines.join('\n'));
}
