import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { addressesOf, choosePort, freePort, LOOPBACK, lastPort } from './ports.ts';

test('a wanted port that is free is taken', async () => {
  const port = await freePort();
  assert.deepEqual(await choosePort(port), { port, defaultTaken: false });
});

test('a wanted port that is taken is an error that says what to do', async () => {
  const other = createServer();
  const port = await freePort();
  other.listen(port, LOOPBACK);
  await once(other, 'listening');
  try {
    await assert.rejects(choosePort(port), (error: unknown) => {
      assert.ok(error instanceof LifecycleError);
      assert.equal(error.code, 'AIR_PORT_TAKEN');
      assert.match(error.hint ?? '', /--port/);
      return true;
    });
  } finally {
    other.close();
  }
});

test('an address that is not of this machine is an error, and everywhere is not a name for a link', async () => {
  await assert.rejects(
    choosePort(undefined, '192.0.2.7'),
    (error) => error instanceof LifecycleError && error.code === 'LIF_USAGE' && /"192\.0\.2\.7"/.test(error.message),
  );
  assert.deepEqual(addressesOf('127.0.0.1'), { local: '127.0.0.1', fromElsewhere: '127.0.0.1', isOpen: false });
  assert.deepEqual(addressesOf('0.0.0.0'), { local: '127.0.0.1', fromElsewhere: hostname(), isOpen: true });
  assert.deepEqual(addressesOf('fd00::7'), { local: '[fd00::7]', fromElsewhere: '[fd00::7]', isOpen: true });
});

test('the port of last time is taken again, unless it is taken or another is wanted', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-port-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'port');
  assert.equal(await lastPort(file), undefined);
  const [last, wanted] = [await freePort(), await freePort()];
  await writeFile(file, `${last}\n`);
  assert.equal(await lastPort(file), last);
  assert.equal((await choosePort(undefined, LOOPBACK, last)).port, last);
  assert.equal((await choosePort(wanted, LOOPBACK, last)).port, wanted);
  const other = createServer();
  other.listen(last, LOOPBACK);
  await once(other, 'listening');
  t.after(() => other.close());
  assert.notEqual((await choosePort(undefined, LOOPBACK, last)).port, last);
  for (const damaged of ['', 'x', '0', '70000', '1.5']) {
    await writeFile(file, damaged);
    assert.equal(await lastPort(file), undefined, damaged);
  }
});
