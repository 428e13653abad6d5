import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { LifecycleError } from '../errors.ts';
import { ensureSecrets, passwordsFile, readSecrets, secretsFile } from './secrets.ts';

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

test("other people's logins stay, and a password that admin has changed is ours as well", async () => {
  const first = await ensureSecrets(home);
  const login = (password: string) => JSON.stringify({ admin: password, ann: 'hers', bob: 'his' });
  await writeFile(passwordsFile(home), login(first.adminPassword), { mode: 0o644 });
  assert.deepEqual(await ensureSecrets(home), first);
  assert.equal(await readFile(passwordsFile(home), 'utf8'), login(first.adminPassword));
  await writeFile(passwordsFile(home), login('changed by hand'));
  assert.deepEqual(await ensureSecrets(home), { ...first, adminPassword: 'changed by hand' });
  assert.deepEqual(await readSecrets(home), { ...first, adminPassword: 'changed by hand' });
  await writeFile(passwordsFile(home), JSON.stringify({ ann: 'hers' }));
  await ensureSecrets(home);
  assert.deepEqual(JSON.parse(await readFile(passwordsFile(home), 'utf8')), {
    ann: 'hers',
    admin: 'changed by hand',
  });
  assert.deepEqual((await readdir(home)).sort(), ['passwords.json', 'secrets.json']);
});

test('an empty file of logins is none, and a broken one is named and left as it is', async () => {
  const { adminPassword } = await ensureSecrets(home);
  await writeFile(passwordsFile(home), '\n');
  await ensureSecrets(home);
  assert.deepEqual(JSON.parse(await readFile(passwordsFile(home), 'utf8')), { admin: adminPassword });
  for (const text of ['{"ann": "5ecret"', '["5ecret"]', 'null']) {
    await writeFile(passwordsFile(home), text);
    await assert.rejects(
      ensureSecrets(home),
      (error) =>
        error instanceof LifecycleError && error.code === 'AIR_PASSWORDS' && !inspect(error).includes('5ecret'),
    );
    assert.equal(await readFile(passwordsFile(home), 'utf8'), text);
  }
  await rm(passwordsFile(home));
});

test('a damaged file of keys is said, kept, and not quoted', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'lifecycle-secrets-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const whole = JSON.stringify(await ensureSecrets(home));
  for (const text of ['', 'null', '[]', '"x"', whole.slice(0, 30), whole.replace('fernetKey', 'other')]) {
    await writeFile(secretsFile(home), text);
    await assert.rejects(ensureSecrets(home), (error: LifecycleError) => {
      assert.equal(error.code, 'AIR_SECRETS', `${text}: ${error.message}`);
      assert.doesNotMatch(inspect(error), new RegExp(whole.slice(15, 30).replace(/[^\w]/g, '.')));
      return true;
    });
    assert.equal(await readFile(secretsFile(home), 'utf8'), text);
  }
});
