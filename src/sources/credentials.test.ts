import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFrom } from '../settings/settings.ts';
import { airflowConnection } from './credentials.ts';

function read(text: string) {
  const env = { AIRFLOW_CONN_LIFECYCLE_S3: text };
  return airflowConnection('lifecycle_s3', settingsFrom(env, { cwd: '/', stderrIsTerminal: false }));
}

describe('airflowConnection', () => {
  it('reads the URIs that Airflow writes', () => {
    assert.deepEqual(read('aws://KEY:a%2Fb%40c@/?region_name=eu'), {
      host: undefined,
      port: undefined,
      login: 'KEY',
      password: 'a/b@c',
      extra: { region_name: 'eu' },
    });
    assert.deepEqual(read('google_cloud-x://host.example:8080/schema'), {
      host: 'host.example',
      port: 8080,
      login: undefined,
      password: undefined,
      extra: {},
    });
    assert.deepEqual(read('sftp://u@h/?__extra__=%7B%22a%22%3A+1%7D')?.extra, { a: 1 });
  });

  it('reads JSON, with extra as a map or as text', () => {
    assert.equal(read('{"conn_type": "aws", "login": "KEY", "password": "s"}')?.login, 'KEY');
    assert.deepEqual(read('{"extra": "{\\"a\\": 1}"}')?.extra, { a: 1 });
    assert.deepEqual(read('{"port": 22, "extra": {"b": 2}}'), {
      host: undefined,
      port: 22,
      login: undefined,
      password: undefined,
      extra: { b: 2 },
    });
  });

  it('is absent when the variable is, and never shows what it cannot read', () => {
    assert.equal(read(''), undefined);
    for (const text of ['{swordfish', 'swordfish']) {
      assert.throws(
        () => read(text),
        (error: Error) => 'code' in error && error.code === 'SRC_CREDENTIALS' && !error.message.includes('swordfish'),
      );
    }
  });
});
