import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ServedProject } from './project.ts';

test('without the token nothing of the store is answered, however its address is written', async (t: TestContext) => {
  const served = await ServedProject.make(t);
  await served.start();
  for (const address of ['/api/assets', '/%61pi/assets', '/ap%69/assets', '/api/%61ssets', '/%61%70%69/openapi.json']) {
    const { status } = await served.ask(address, { headers: {} });
    assert.equal(status, 401, address);
  }
  assert.equal((await served.ask('/%61pi/assets')).status, 200, 'the address leads there');
});
