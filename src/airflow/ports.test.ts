import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { choosePort, freePort, LOOPBACK } from './ports.ts';

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
