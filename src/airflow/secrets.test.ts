import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ensureSecrets, passwordsFile, secretsFile } from './secrets.ts';

let home: string;
before(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lifecycle-secrets-'));
});
after(() => rm(home, { recursive: true, force: true }));

test('secrets are made once, and only their owner reads them', async () => {
  const first = await ensureSecrets(home);
  // Airflow itself would make the password file readable by all.
  await chmod(passwordsFile(home), 0o644);
  assert.deepEqual(await ensureSecrets(home), first);
  for (const file of [secretsFile(home), passwordsFile(home)]) assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(await readFile(passwordsFile(home), 'utf8')), { admin: first.adminPassword });
});

test('a Fernet key is 32 bytes in URL-safe base64', async () => {
  const { fernetKey, adminPassword } = await ensureSecrets(home);
  assert.match(fernetKey, /^[\w-]{43}=$/);
  assert.match(adminPassword, /^[a-km-np-z2-9]{16}$/);
});

test('every home has secrets of its own', async () => {
  const other = await mkdtemp(path.join(tmpdir(), 'lifecycle-secrets-'));
  try {
    const [a, b] = await Promise.all([ensureSecrets(home), ensureSecrets(other)]);
    for (const name of ['fernetKey', 'jwtSecret', 'sessionSecret', 'databasePassword', 'adminPassword'] as const) {
      assert.notEqual(a[name], b[name]);
    }
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
