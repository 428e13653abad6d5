import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ServedProject } from '../serve/project.ts';

test('a build makes what it lacks of its inputs first, and says what it cannot make', async (t) => {
  const served = await ServedProject.make(t);
  const versions = async (id: string) => {
    const names = await readdir(path.join(served.store, 'ingest', id)).catch(() => []);
    return names.filter((name) => !/^\.?latest/.test(name));
  };
  const template = path.join(served.project, 'ingest_templates', 'borough_tables.yml');
  const text = await readFile(template, 'utf8');

  await t.test('the page is told of one run that does it', async () => {
    await served.start();
    const { json } = await served.ask('/api/assets/builds/boroughs/readiness?key=one');
    assert.equal(json.ready, false);
    assert.deepEqual(json.build, {
      ...{ dag_id: 'build_boroughs', partition_key: 'one', conf: { make_missing: true } },
      command: 'lifecycle build boroughs one --make-missing',
      makes: [
        { id: 'nyc_boroughs', version: '16a' },
        // Only a run knows which version of this there is.
        { id: 'borough_tables', version: null },
      ],
      blocked_by: [],
    });
  });

  await t.test('what fails is named, with the reason, and what was made stays', async () => {
    await writeFile(template, text.replace('data/borough_tables.xlsx', 'data/nowhere.xlsx'));
    const failure = await served.lifecycle('build', 'boroughs', 'one', '--make-missing').then(
      () => assert.fail('it was built'),
      (error: { code: number; stderr: string }) => error,
    );
    assert.equal(failure.code, 3);
    assert.match(failure.stderr, /borough_tables: failed.*nowhere\.xlsx/);
    assert.match(failure.stderr, /2 inputs of boroughs one cannot be resolved/);
    assert.deepEqual(await versions('nyc_boroughs'), ['16a']);
    await writeFile(template, text);
  });

  await t.test('the rest is made, and the build is whole; a second time nothing is made', async () => {
    const { stderr } = await served.lifecycle('build', 'boroughs', 'one', '--make-missing');
    assert.doesNotMatch(stderr, /batch/);
    assert.equal((await versions('borough_tables')).length, 1);
    const { json } = await served.ask('/api/assets/builds/boroughs/readiness?key=one');
    assert.equal(json.ready, true);
    assert.deepEqual([json.build.makes, json.build.conf], [[], { make_missing: false }]);
    assert.equal((await served.ask('/api/assets/builds/boroughs/versions/one')).json.state, 'published');
    const again = await served.lifecycle('build', 'boroughs', 'one', '--make-missing');
    assert.match(again.stdout, /plan: unchanged/);
    assert.equal((await readdir(path.join(served.store, 'batches'))).length, 1);
  });

  await t.test('what nothing here makes stands in the way, and is no reason to make nothing', async () => {
    const recipe = path.join(served.project, 'products', 'boroughs', 'recipe.yml');
    await writeFile(recipe, (await readFile(recipe, 'utf8')).replace('- id: borough_housing', '- id: nobody_has_it'));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { json } = await served.ask('/api/assets/builds/boroughs/readiness?key=two');
    assert.deepEqual(json.build.blocked_by, ['nobody_has_it']);
    await assert.rejects(served.lifecycle('build', 'boroughs', 'two', '--make-missing'), /nobody_has_it/);
  });
});
