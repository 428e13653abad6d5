import { Writable } from 'node:stream';
import { answer } from '../src/cli/program.ts';
import type { Environment } from '../src/settings/values.ts';
import type { Outcome } from './builds/workbench.ts';

class Read extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/**
 * What the program answers to a command line, in this process: all of the binary but its start. What is about signals,
 * streams that break, secrets of the environment or a process of its own is for the binary.
 */
export async function answerHere(args: readonly string[], at: { cwd: string; env: Environment }): Promise<Outcome> {
  const [stdout, stderr] = [new Read(), new Read()];
  const stopping = { signal: new AbortController().signal, by: undefined, configure() {}, allow() {} };
  const code = await answer(args, { ...at, stdout, stderr, stopping });
  return { code, signal: null, stdout: stdout.text, stderr: stderr.text };
}
