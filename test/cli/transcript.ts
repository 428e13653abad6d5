import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { inParallel } from '../../src/in-parallel.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { answerHere } from '../here.ts';
import { copySampleProject } from '../sample-project.ts';

/** What a person saw of one call of the program. */
export interface Seen {
  words: readonly string[];
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Command lines typed in a folder of their own, where `sample` is a copy of the sample project. */
export class Terminal {
  readonly #dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-terminal-'));

  async prepare(): Promise<void> {
    await copySampleProject(path.join(this.#dir, 'sample'));
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Starts the binary once for each line of words, some at a time; answers in their order. */
  run(lines: readonly (readonly string[])[]): Promise<Seen[]> {
    return inParallel(lines, availableParallelism() + 1, (words) => this.#runOne(words));
  }

  /** What the binary answers to each line of words, without the start of a process. */
  async runHere(lines: readonly (readonly string[])[]): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (const words of lines) {
      const { code, stdout, stderr } = await answerHere(words, { cwd: this.#dir, env: this.#env });
      seen.push(this.#seen(words, code, stdout, stderr));
    }
    return seen;
  }

  get #env() {
    return { PATH: process.env.PATH, HOME: this.#dir, NO_COLOR: '1', LANG: 'C.UTF-8' };
  }

  #runOne(words: readonly string[]): Promise<Seen> {
    const file = path.join(INSTALLATION, 'bin', 'lifecycle');
    return new Promise((resolve) => {
      execFile(file, words, { cwd: this.#dir, env: this.#env, timeout: 60_000 }, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve(this.#seen(words, code, stdout, stderr));
      });
    });
  }

  #seen(words: readonly string[], code: number | null, stdout: string, stderr: string): Seen {
    return { words, code, stdout: this.#withoutPlace(stdout), stderr: this.#withoutPlace(stderr) };
  }

  /** What differs from one machine or moment to another has a name in its place. */
  #withoutPlace(text: string): string {
    return text
      .replaceAll(this.#dir, 'FOLDER')
      .replaceAll(INSTALLATION, 'INSTALLATION')
      .replace(/\b\d+(\.\d+)? m?s\b/g, 'TIME');
  }
}

/** One call as a page of text shows it. */
export function transcript({ words, code, stdout, stderr }: Seen): string {
  const typed = words.map((word) => (/^[\w./=:-]+$/.test(word) ? word : `'${word}'`));
  const streams = Object.entries({ stdout, stderr }).flatMap(([name, text]) =>
    text === '' ? [] : [`[${name}]\n${text.endsWith('\n') ? text : `${text}\n(no line end)\n`}`],
  );
  return [`$ ${['lifecycle', ...typed].join(' ')}\n`, ...streams, `[exit code ${code}]\n`].join('');
}
