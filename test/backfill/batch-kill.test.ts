import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  type BatchRun,
  batchIds,
  createBatch,
  type RunRecord,
  readBatch,
  readRuns,
} from '../../src/backfill/batch-record.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { storeLayout } from '../../src/store/layout.ts';
import { type IngestProject, id, VENV } from '../ingest/project.ts';
import { NEW, tinyProject } from '../ingest/tiny-project.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';

interface Amount {
  /** How many are made, and how many are made again. */
  versions: number;
  replaced: number;
  kills: { making: number; replacing: number };
  atOnce: number;
  /** A kill comes before the process has changed the file system so often; a version costs it some nine changes. */
  changesBeforeAKill: number;
}

const ALL: Amount = {
  ...{ versions: 200, replaced: 40, kills: { making: 50, replacing: 40 } },
  ...{ atOnce: 6, changesBeforeAKill: 50 },
};
const MANY: Amount = { ...ALL, versions: 30, replaced: 8, kills: { making: 12, replacing: 8 } };
const FEW: Amount = {
  ...{ versions: 12, replaced: 6, kills: { making: 5, replacing: 3 } },
  ...{ atOnce: 3, changesBeforeAKill: 18 },
};
/** Each kill costs the start of several processes; `LIFECYCLE_ALL_KILLS=1` makes all of them. */
const {
  versions: VERSIONS,
  replaced: REPLACED,
  kills: KILLS,
  ...AMOUNT
} = process.env.LIFECYCLE_ALL_KILLS ? ALL : BOTH_PARTS ? MANY : FEW;
/** `LIFECYCLE_KILL_SEED` repeats a run that failed. */
const SEED = Number(process.env.LIFECYCLE_KILL_SEED ?? Date.now() % 1_000_000);
const KILL_AT = path.join(INSTALLATION, 'test/ingest/kill-at.mjs');

/** Numbers from 0 to 1, the same for a seed. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Goes on with a batch; it ends itself at its n-th change of the file system, and its runs with it where asked. */
async function resume(
  project: IngestProject,
  batch: string,
  kill?: { change: number; when: 'before' | 'after'; family: boolean },
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  const child = spawn(
    path.join(INSTALLATION, 'bin/node'),
    [
      ...(kill ? ['--import', KILL_AT] : []),
      path.join(INSTALLATION, 'bin/main.mjs'),
      ...['--project', project.dir, 'backfill', 'resume', batch],
    ],
    {
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV },
        ...(kill ? { KILL_AT: String(kill.change), KILL_WHEN: kill.when } : {}),
      },
      // A group of its own, so that its runs can be killed with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  // Runs that outlive it hold the pipe.
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...end) => resolve(end)),
  );
  if (kill?.family) {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It had none.
    }
  }
  child.stderr.destroy();
  return { code, signal, stderr };
}

/** The records that stand, each by what changes when it is made a second time. */
async function standing(project: IngestProject): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await project.list('ingest', 'tiny')).filter((each) => !each.startsWith('.'))) {
    const file = path.join(project.storeDir, 'ingest', 'tiny', name, 'record.json');
    const facts = await stat(file).catch(() => undefined);
    if (facts) found.set(name, `${facts.ino} ${facts.mtimeMs} ${await readFile(file, 'utf8')}`);
  }
  return found;
}

test(`fault 6: a batch of ${VERSIONS} versions killed ${KILLS.making} times makes each once (seed ${SEED})`, async (t) => {
  const project = await tinyProject(t);
  const runs = Array.from({ length: VERSIONS }, (_, i) => ({
    ...{ template: 'tiny', version: `v${i + 1}`, host: null, parameters: {} },
  }));
  leavesOut(t, `${MANY.kills.making} kills of ${MANY.versions} versions`);
  await killedAtRandom(project, runs, KILLS.making);
  assert.equal(await project.store.latest(id('tiny')), `v${VERSIONS}`);
});

test(`fault 6: one that overwrites ${REPLACED} versions and is killed replaces each once (seed ${SEED})`, async (t) => {
  const project = await tinyProject(t);
  const runs: BatchRun[] = [];
  for (let i = 1; i <= REPLACED; i++) {
    const version = `v${i}`;
    const { record } = await project.ingestHere('tiny', { version });
    runs.push({ template: 'tiny', version, host: null, parameters: { overwrite: true }, replaces: record.created });
  }
  await project.write('tiny.csv', NEW);
  leavesOut(t, `${MANY.kills.replacing} kills of ${MANY.replaced} versions`);
  await killedAtRandom(project, runs, KILLS.replacing);
  for (const { version } of runs) assert.equal((await project.query('FROM FILE', 'tiny', version)).length, 3);
});

/** Kills a batch again and again, and looks after each kill whether a version was made that the batch had made before. */
async function killedAtRandom(project: IngestProject, runs: BatchRun[], times: number): Promise<void> {
  const layout = storeLayout(project.storeDir);
  const { id: batch } = await createBatch(layout, {
    at_once: AMOUNT.atOnce,
    per_host: 2,
    retries: 0,
    retry_wait: 0,
    runs,
  });
  const random = numbersFrom(SEED);
  const original = await standing(project);
  let [kills, before] = [0, original];
  for (let i = 0; i < times; i++) {
    const kill = {
      change: 1 + Math.floor(random() * AMOUNT.changesBeforeAKill),
      when: random() < 0.5 ? ('before' as const) : ('after' as const),
      family: random() < 0.5,
    };
    const { signal, stderr, code } = await resume(project, batch, kill);
    const at = `seed ${SEED}, kill ${i + 1}, ${JSON.stringify(kill)}`;
    assert.ok(signal === 'SIGKILL' || code === 0, `${at}: exit code ${code}: ${stderr}`);
    if (signal === 'SIGKILL') kills++;
    // What stood is never made again: its record is the same file with the same content.
    const now = await standing(project);
    for (const [version, facts] of before) {
      if (facts !== original.get(version)) assert.equal(now.get(version), facts, `${at}: ${version} was made twice`);
    }
    before = now;
  }
  const last = await resume(project, batch);
  assert.equal(last.code, 0, `seed ${SEED}: ${last.stderr}`);
  assert.ok(kills >= times / 2, `${kills} kills`);

  const names = runs.map(({ version }) => version);
  const now = await standing(project);
  assert.deepEqual([...now.keys()].toSorted(), names.toSorted(), `seed ${SEED}: a version is lost`);
  for (const [version, facts] of before) {
    if (facts === original.get(version)) assert.notEqual(now.get(version), facts, `seed ${SEED}: ${version} not made`);
    else assert.equal(now.get(version), facts, `seed ${SEED}: ${version} made twice`);
  }
  const records = await readRuns(layout, await readBatch(layout, batch));
  assert.deepEqual(
    records.map(({ state }) => state),
    names.map(() => 'made'),
    `seed ${SEED}`,
  );
  const published = ({ attempts }: RunRecord) => attempts.filter(({ exit_code }) => exit_code === 0).length;
  assert.deepEqual(
    records.filter((record) => published(record) > 1),
    [],
    `seed ${SEED}: an attempt too many`,
  );
  // What the killed left goes with them: nothing is staged, locked or half-written.
  const left = await readdir(path.join(layout.batches, batch, 'runs'));
  assert.deepEqual(
    left.filter((name) => !/^\d+\.json$/.test(name)),
    [],
    `seed ${SEED}`,
  );
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []], `seed ${SEED}`);
  assert.deepEqual(await batchIds(layout), [batch]);
}
