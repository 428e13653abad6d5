import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { IngestRequest } from '../../src/ingest/plan.ts';
import { hashFiles } from '../../src/store/files.ts';
import { killAfter, killBefore, visibleChanges } from './kill-points.ts';
import { IngestProject, id, scratch } from './project.ts';

/** Fault rows 1 and 6: killed at every step, and what readers and the next run find then. */

const KILL_AT = path.join(import.meta.dirname, 'kill-at.mjs');

/** Rows of the version that stands, if one does, and what `latest` names; asserts that both are whole. */
async function readersSee(project: IngestProject): Promise<{ rows: number | undefined; latest: string | undefined }> {
  const [found, ...others] = await project.store.versions(id('tiny'));
  assert.equal(others.length, 0);
  if (found) {
    const dir = await project.store.directory(id('tiny'), found.version);
    const paths = found.record.files.map((file) => file.path);
    assert.deepEqual(await hashFiles(dir, paths), found.record.files, 'a version is not whole');
    assert.ok(paths.includes('tiny/tiny.parquet') && paths.includes('tiny.csv'), 'a version lacks files');
  }
  const pointer = await project.read('tiny', 'latest').catch(() => undefined);
  const latest = await project.store.latest(id('tiny'));
  assert.equal(pointer, latest && `${latest}\n`, '`latest` names a version that does not stand');
  return { rows: found?.record.datasets[0]?.rows, latest };
}

interface Scenario {
  name: string;
  command: string[];
  request: IngestRequest;
  /** Rows that readers see before; undefined: no version. */
  before: number | undefined;
  after: number;
}

const SCENARIOS: Scenario[] = [
  {
    name: 'a fresh version',
    command: ['ingest', 'tiny', 'v1'],
    request: { version: 'v1' },
    before: undefined,
    after: 2,
  },
  {
    name: 'a version that is overwritten',
    command: ['ingest', 'tiny', 'v1', '--file', 'new/tiny.csv', '--overwrite'],
    request: { version: 'v1', file: 'new/tiny.csv', overwrite: true },
    before: 2,
    after: 3,
  },
];

for (const { name, command, request, before, after } of SCENARIOS) {
  test(`faults 1 and 6: killed at every step: ${name}`, async (t) => {
    const root = await scratch(t);
    const seed = new IngestProject(path.join(root, 'seed'));
    await seed.template('tiny');
    await seed.write('tiny.csv', 'id,name\n1,a\n2,b\n');
    await seed.write('new/tiny.csv', 'id,name\n1,a\n2,b\n3,c\n');
    if (before !== undefined) await seed.ingestHere('tiny', { version: 'v1' });

    /** Kills one run and looks at what it leaves; false when the run came to its end before. */
    const killed = async (n: number, when: 'before' | 'after', log?: string): Promise<boolean> => {
      const at = `${when} change ${n}`;
      const project = new IngestProject(path.join(root, `${when}-${n}`));
      await cp(seed.dir, project.dir, { recursive: true });
      const env = { KILL_AT: String(n), KILL_WHEN: when, ...(log ? { CALLS_LOG: log } : {}) };
      const { signal, code, stderr } = await project.run(command, env, KILL_AT);
      if (signal !== 'SIGKILL') {
        assert.equal(code, 0, `${at}: ${stderr}`);
        return false;
      }
      const seen = await readersSee(project);
      assert.ok(seen.rows === before || seen.rows === after, `${at}: ${seen.rows} rows`);
      if (before !== undefined) assert.equal(seen.latest, 'v1', at);

      // The same command again; where others could see the step, in a process of its own.
      if (when === 'before') await project.ingestHere('tiny', request);
      else assert.equal((await project.run(command)).code, 0, at);
      assert.deepEqual(await readersSee(project), { rows: after, latest: 'v1' }, at);
      assert.deepEqual(await project.list('ingest', 'tiny'), ['latest', 'v1'], at);
      assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []], at);
      return true;
    };

    const log = path.join(root, 'calls.log');
    await killed(Number.POSITIVE_INFINITY, 'before', log);
    const calls = (await readFile(log, 'utf8')).trim().split('\n');
    assert.ok(calls.length > 20 && visibleChanges(calls).length >= 5, calls.join('\n'));
    await killBefore(t, calls, (n) => killed(n, 'before'));
    await killAfter(t, calls, (n) => killed(n, 'after'));
  });
}
