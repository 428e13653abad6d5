import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { IngestProject } from '../project.ts';
import { fakeDcpy } from './fake.ts';

interface Document {
  equal: boolean;
  runs: Record<string, { seconds: number; error?: { code: string } }>;
  metadata: string[];
  datasets: {
    equal: boolean;
    rows: [number, number];
    schema: string[];
    values: { name: string; different: number; near: number; first?: { row: number; values: string[] } }[];
    unmatched?: [number, number];
  }[];
}

test('compare-runners says how two runners differ, by its exit code too, and publishes nothing', async (t) => {
  const project = await IngestProject.make(t);
  await project.write('parks.csv', 'id,name,x\n1,a,0.5\n2,b,1.5\n3,c,2.5\n');
  await project.template('parks');
  const env = await fakeDcpy(t, project);
  if (!env) return;
  const compare = async (kind: string, code: number): Promise<Document> => {
    const outcome = await project.run(['--json', 'compare-runners', 'parks', '1'], { ...env, FAKE_DCPY: kind });
    assert.equal(outcome.code, code, `${kind}: ${outcome.stdout}${outcome.stderr}`);
    return JSON.parse(outcome.stdout) as Document;
  };

  // What stands beside the data is less with the stand-in, so only the datasets can be equal.
  const same = await compare('', 1);
  assert.equal(same.equal, false);
  assert.match(same.metadata.join('\n'), /^definition\.lock\.json datasets: \[.* \| nothing$/m);
  const [equal] = same.datasets;
  assert.deepEqual([equal?.rows, equal?.schema, equal?.values, equal?.unmatched], [[3, 3], [], [], undefined]);

  const [nudged] = (await compare('nudged', 1)).datasets;
  assert.deepEqual(nudged?.values, [{ name: 'x', near: 3, different: 0 }]);

  const [reversed] = (await compare('reversed', 1)).datasets;
  assert.deepEqual(reversed?.unmatched, [0, 0]);
  assert.deepEqual(
    reversed?.values.map(({ name, different, first }) => [name, different, first]),
    [
      ['id', 2, { row: 1, values: ['1', '3'] }],
      ['name', 2, { row: 1, values: ['a', 'c'] }],
      ['x', 2, { row: 1, values: ['0.5', '2.5'] }],
    ],
  );

  const [other] = (await compare('other', 1)).datasets;
  assert.deepEqual(other?.schema, ['column id is BIGINT by native, VARCHAR by dcpy']);
  assert.deepEqual(other?.unmatched, [3, 3]);

  const failed = await compare('raise', 1);
  assert.equal(failed.runs.native!.error, undefined);
  assert.equal(failed.runs.dcpy!.error!.code, 'ING_DCPY');

  const text = await project.run(['compare-runners', 'parks', '1'], { ...env, FAKE_DCPY: 'other' });
  assert.match(text.stdout, /^parks@1: different$/m);
  assert.match(text.stdout, /^ {2}schema {4}column id is BIGINT by native, VARCHAR by dcpy$/m);
  assert.ok(text.stdout.split('\n').length < 40, 'more than a screen');
  assert.deepEqual(await project.list('ingest'), []);
  assert.deepEqual(await project.list('.staging'), []);
  assert.deepEqual(await project.list('.locks'), []);

  assert.equal((await project.run(['ingest', 'parks', '1'])).code, 0);
  const record = await project.read('parks', '1', 'record.json');
  const documents = { FAKE_DOCUMENTS: path.join(project.storeDir, 'ingest', 'parks', '1') };
  const equalAll = await project.run(['compare-runners', 'parks', '1'], { ...env, ...documents });
  assert.equal(equalAll.code, 0, equalAll.stdout + equalAll.stderr);
  assert.match(equalAll.stdout, /^parks@1: equal$/m);
  assert.match(equalAll.stdout, /^ {2}values {4}the same in the same order$/m);
  assert.equal(await project.read('parks', '1', 'record.json'), record);
});
