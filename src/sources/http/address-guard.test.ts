import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressGuard } from './address-guard.ts';

const REFUSED = { code: 'SRC_REDIRECT_REFUSED' };

describe('AddressGuard', () => {
  it('lets a transfer go outwards or stay, never inwards', () => {
    const fromPublic = new AddressGuard();
    fromPublic.check('data.example', '93.184.216.34');
    for (const address of ['10.0.0.1', '127.0.0.1', '::1', '169.254.169.254', '::ffff:10.0.0.1']) {
      assert.throws(() => fromPublic.check('other.example', address), REFUSED, address);
    }
    const fromLoopback = new AddressGuard();
    fromLoopback.checkLiteral('[::1]');
    fromLoopback.check('data.example', '93.184.216.34');
    assert.throws(() => fromLoopback.checkLiteral('169.254.169.254'), REFUSED);
  });

  it('fault 24: refuses a name whose answer changes, before anything connects to it', async () => {
    const guard = new AddressGuard();
    guard.check('localhost', '93.184.216.34');
    const looked = (hostname: string) =>
      new Promise((resolve) =>
        guard.lookupFor(hostname)('localhost', {}, (error, address) => resolve(error ?? address)),
      );
    const refusal = await looked('localhost');
    assert.ok(refusal instanceof Error && 'code' in refusal && refusal.code === REFUSED.code);
    assert.equal(typeof (await looked('another.example')), 'string', 'the name of a proxy is not judged');
  });
});
