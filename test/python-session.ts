import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs what each line of its input says, as a program of its own, and answers with what that printed or how it failed. */
const LOOP = `
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    asked = json.loads(line)
    sys.argv = ['-c', *asked['args']]
    printed, failure = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(asked['code'], 'program', 'exec'), {'__name__': '__main__'})
        except Exception:
            failure = traceback.format_exc()
    print(json.dumps({'printed': printed.getvalue(), 'failure': failure}), flush=True)
`;

export interface PythonSession {
  /** @returns what the program printed */
  run(code: string, ...args: string[]): Promise<string>;
  end(): void;
}

/** One Python for many small programs: to start it and to import what they need takes longer than all that they do. */
export function pythonSession(python: string): PythonSession {
  const child = spawn(python, ['-c', LOOP], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(code, ...args) {
      child.stdin.write(`${JSON.stringify({ code, args })}\n`);
      const { value, done } = await lines.next();
      assert.ok(!done, 'Python has ended');
      const { printed, failure } = JSON.parse(value) as { printed: string; failure: string | null };
      assert.equal(failure, null, failure ?? '');
      return printed;
    },
    end: () => child.kill(),
  };
}
