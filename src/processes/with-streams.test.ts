import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../settings/settings.ts';

const STARTERS: Record<string, string> = {
  'a command of a build': `
    const { runChild } = await import('./src/processes/child.ts');
    await taking(() => runChild({ file: '/bin/true', args: [], cwd: '/', env: {}, marker: 'M',
      masker: { mask: (text) => text, longest: 0 }, onOutput() {}, timeoutMs: undefined, signal }));`,
  'the process that takes addresses apart': `
    const { startTagger } = await import('./src/addresses/tagger-process.ts');
    await taking(async () => startTagger('/bin/true', { settings: { projectDir: '/', env: {} }, signal }));`,
};

for (const [name, starter] of Object.entries(STARTERS)) {
  test(`fault 5: ${name} that gets no pipes is an error, and does not end the process`, () => {
    const program = `
      import { closeSync, openSync } from 'node:fs';
      const { signal } = new AbortController();
      async function taking(start) {
        const taken = [];
        try { for (;;) taken.push(openSync('/dev/null')); } catch {}
        const error = await start().then(() => undefined, (reason) => reason);
        for (const descriptor of taken) closeSync(descriptor);
        console.log(error?.code);
      }
      ${starter}`;
    const { stdout, stderr } = spawnSync(
      '/bin/sh',
      [
        '-c',
        'ulimit -n 60; exec "$@"',
        'sh',
        path.join(INSTALLATION, 'bin/node'),
        '--input-type=module',
        '-e',
        program,
      ],
      { cwd: INSTALLATION, encoding: 'utf8' },
    );
    assert.equal(stdout, 'EMFILE\n', stderr);
  });
}
