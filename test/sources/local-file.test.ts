import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Scene, scene } from './fixture.ts';

const connector = await connectorFor('local_file');

function fetch(stage: Scene, file: string) {
  return connector.fetch({ path: file }, stage.destination, stage.context);
}

describe('local_file', () => {
  it('copies a file of the project, and one named by its absolute path', async () => {
    await using stage = await scene();
    await mkdir(path.join(stage.projectDir, 'data'));
    await writeFile(path.join(stage.projectDir, 'data/..a.csv'), 'id\n1\n');
    const fetched = await fetch(stage, './data/..a.csv');
    assert.equal(fetched.filename, '..a.csv');
    assert.equal(await readFile(fetched.path, 'utf8'), 'id\n1\n');
    assert.match(String(fetched.facts.source_path), /data\/\.\.a\.csv$/);
    const outside = path.join(stage.projectDir, '../b.csv');
    await writeFile(outside, 'id\n2\n');
    assert.equal((await fetch(stage, outside)).filename, 'b.csv');
  });

  it('fault 53: refuses a relative path that leaves the project, by `..` or by a symbolic link', async () => {
    await using stage = await scene();
    await writeFile(path.join(stage.projectDir, '../b.csv'), 'id\n2\n');
    await failsWith('SRC_OUTSIDE_PROJECT', fetch(stage, '../b.csv'));
    await failsWith('SRC_OUTSIDE_PROJECT', fetch(stage, 'x/../../b.csv'));
    await symlink('../b.csv', path.join(stage.projectDir, 'link.csv'));
    await failsWith('SRC_OUTSIDE_PROJECT', fetch(stage, 'link.csv'));
    await writeFile(path.join(stage.projectDir, 'c.csv'), 'id\n3\n');
    await symlink('c.csv', path.join(stage.projectDir, 'inner.csv'));
    assert.equal((await fetch(stage, 'inner.csv')).filename, 'inner.csv');
  });

  it('says what is missing, empty or no file', async () => {
    await using stage = await scene();
    assert.match((await failsWith('SRC_NOT_FOUND', fetch(stage, 'no.csv'))).message, /no\.csv/);
    await failsWith('SRC_NOT_FOUND', fetch(stage, '.'));
    await writeFile(path.join(stage.projectDir, 'empty.csv'), '');
    await failsWith('SRC_EMPTY', fetch(stage, 'empty.csv'));
    await failsWith('SRC_ARGUMENTS', connector.fetch({}, stage.destination, stage.context));
  });

  it('an unknown source type names the known ones', async () => {
    assert.match((await failsWith('SRC_UNKNOWN_TYPE', connectorFor('toString'))).hint ?? '', /file_download/);
  });
});
