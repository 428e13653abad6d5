import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { FetchedRecord } from '../../src/store/fetched.ts';
import { hashFiles, hashText } from '../../src/store/files.ts';
import { heldClaims } from '../../src/store/held-claims.ts';
import { storeLayout } from '../../src/store/layout.ts';
import { killBefore } from '../ingest/kill-points.ts';
import { serve } from '../sources/fixture.ts';
import { recipeOf, siteMap } from './archive.ts';
import { Workbench } from './workbench.ts';

/** Fault row 1 for plans that fetch: killed at every change of the file system, and what is found then. */

const KILL_AT = path.join(import.meta.dirname, '../ingest/kill-at.mjs');
const CONTENT = `PK\x03\x04${'x'.repeat(100_000)}`;

test('fault 1: a plan that fetches is killed at every step', async (t) => {
  const bench = await Workbench.make(t);
  await using pages = await serve((request, response) => {
    if (request.url?.includes('/content-api/')) {
      response.end(JSON.stringify({ description: '<p><span>Latest Release: 24v3</span></p>' }));
    } else response.end(CONTENT);
  });
  await siteMap(bench, { pluto: { pluto: { files: { table: { filename: 'pluto.xlsx' } } } } });
  const datasets = '  - {id: pluto, source: bytes, destination: file, custom: {file_id: table}}\n';
  await bench.product({ id: 'p', recipe: recipeOf(datasets) });
  const endpoints = { LIFECYCLE_ENDPOINT_BYTES: pages.url, LIFECYCLE_ENDPOINT_BYTES_API: pages.url };

  /** Kills a plan before its n-th change, then plans again; false when it came to its end before. */
  const killed = async (n: number, log?: string): Promise<boolean> => {
    const store = path.join(bench.dir, `store-${n}`);
    const env = { ...endpoints, LIFECYCLE_HOME: store };
    const kill: Record<string, string> = {
      NODE_OPTIONS: `--import=${KILL_AT}`,
      KILL_AT: String(n),
      KILL_WHEN: 'before',
    };
    if (log !== undefined) kill.CALLS_LOG = log;
    const { signal, code, stderr } = await bench.run(['plan', 'p', 'k'], { ...env, ...kill });
    if (signal !== 'SIGKILL') {
      assert.equal(code, 0, `before change ${n}: ${stderr}`);
      return false;
    }
    const dir = path.join(store, 'fetched', 'bytes', 'pluto', '24v3');
    const text = await readFile(path.join(dir, 'record.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const [file] = (JSON.parse(text) as FetchedRecord).files;
      const fact = { path: file!.path, bytes: file!.bytes, sha256: file!.sha256 };
      assert.deepEqual(await hashFiles(dir, ['pluto.xlsx']), [fact], `before change ${n}`);
    }
    const again = await bench.runHere(['plan', 'p', 'k', '--force'], env);
    assert.equal(again.code, 0, `after change ${n}: ${again.stderr}`);
    const lock = await readFile(path.join(store, 'builds', 'p', 'k', 'inputs.lock.json'), 'utf8');
    assert.equal(JSON.parse(lock).inputs[0].sha256, hashText(CONTENT), `after change ${n}`);
    assert.deepEqual((await readdir(dir)).sort(), ['pluto.xlsx', 'record.json'], `after change ${n}`);
    assert.deepEqual(await readdir(path.join(store, '.staging')), [], `after change ${n}`);
    // A claim whose holder died once the file was there is in nobody's way, and nobody has asked for it since.
    const claims = await heldClaims(storeLayout(store));
    assert.deepEqual(
      claims.filter((claim) => claim.alive || claim.subject !== 'fetch bytes pluto 24v3'),
      [],
    );
    await rm(store, { recursive: true });
    return true;
  };

  const log = path.join(bench.dir, 'calls.log');
  assert.equal(await killed(Number.POSITIVE_INFINITY, log), false);
  const calls = (await readFile(log, 'utf8')).trim().split('\n');
  assert.ok(calls.length > 25, calls.join('\n'));
  await killBefore(t, calls, killed);
});
