import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, tableName } from '../load/engine-names.ts';
import { postgresTarget } from '../load/postgres/target.ts';
import { engineVariables } from './environment.ts';

test('the server’s address is split for dbt, and made whole with database and schema', () => {
  const env = { BUILD_ENGINE_SERVER: 'postgresql://me:pa55@db.example:5433', BUILD_ENGINE_DB: 'db-x' };
  assert.deepEqual(engineVariables(env, 'my_schema'), {
    BUILD_ENGINE_SCHEMA: 'my_schema',
    BUILD_ENGINE_USER: 'me',
    BUILD_ENGINE_PASSWORD: 'pa55',
    BUILD_ENGINE_HOST: 'db.example',
    BUILD_ENGINE_PORT: '5433',
    BUILD_ENGINE: 'postgresql://me:pa55@db.example:5433/db-x?options=--search_path%3Dmy_schema,public',
  });
  assert.deepEqual(engineVariables({}, 's'), { BUILD_ENGINE_SCHEMA: 's' });
});

test('a schema’s name needs no quotes, unless the environment gives one', () => {
  assert.equal(buildSchema({}, '26v1:My-Branch'), '_26v1_my_branch');
  assert.equal(buildSchema({}, 'main'), 'main');
  assert.equal(buildSchema({}, 'x'.repeat(80)).length, 63);
  assert.equal(buildSchema({ BUILD_ENGINE_SCHEMA: 'Given' }, 'main'), 'Given');
  assert.equal(tableName({ id: 'My-table ', import_as: null }), 'my_table');
});

test('the database is that of BUILD_ENGINE_DB, and passwords are decoded', () => {
  const env = { BUILD_ENGINE_SERVER: 'postgresql://me:p%40ss@host:5', BUILD_ENGINE_DB: 'x' };
  assert.deepEqual(postgresTarget(env), { host: 'host', port: 5, user: 'me', password: 'p@ss', database: 'x' });
  assert.equal(postgresTarget({}), undefined);
  assert.throws(() => postgresTarget({ BUILD_ENGINE_SERVER: 'postgresql://me:x@host:5' }), {
    code: 'BLD_ENGINE_SETTINGS',
  });
  assert.throws(() => postgresTarget({ BUILD_ENGINE_SERVER: 'host' }), { code: 'BLD_ENGINE_SETTINGS' });
});
