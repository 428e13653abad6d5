import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { processesWith } from '../builds/workbench.ts';
import { IN_SECOND_PART } from '../second-part.ts';
import { npm } from './npm.ts';
import { copySample, eventually, processesOf, removeProject } from './server-fixture.ts';

// npm is killed as a supervisor of processes kills it: itself alone, not its group. An npm that is asked to end does not
// always pass it on: to be killed is the harder case of each. That of `npm start` is in e2e/ends.ts, where a database is.

test('fault 2: SIGTERM to the npm of `npm start` ends the server with its database', {
  skip: IN_SECOND_PART,
}, async (t) => {
  const project = await copySample();
  t.after(() => removeProject(project));
  const home = path.join(project, '.airflow');
  const started = npm(t, 'start', '--', '--project', project);
  await started.until(/^starting api-server/m);
  // A process is in the list once it has its environment, which is a moment after it was begun.
  await eventually('the server has processes', 20_000, async () => processesOf(home).length > 0);
  started.process.kill('SIGTERM');
  await once(started.process, 'exit');
  const left = async () => [...processesOf(home), ...(await processesWith(project))];
  await eventually('nothing of the server runs', 40_000, async () => (await left()).length === 0);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  const skip = signal === 'SIGTERM' && IN_SECOND_PART;
  test(`fault 2: ${signal} to the npm of \`npm test\` ends the tests`, { skip }, async (t) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-npm-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const file = path.join(dir, 'endless.test.ts');
    await writeFile(
      file,
      `import { test } from 'node:test';
       test('endless', async () => { console.log('begun'); await new Promise((r) => setTimeout(r, 600_000)); });`,
    );
    const started = npm(t, 'test', '--', file);
    await started.until(/^begun/m);
    started.process.kill(signal);
    await once(started.process, 'exit');
    await eventually('no test runs', 15_000, async () => (await processesWith(file)).length === 0);
  });
}
