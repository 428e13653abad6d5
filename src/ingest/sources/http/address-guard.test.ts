import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressGuard, nearnessOf } from './address-guard.ts';

const REFUSED = { code: 'SRC_REDIRECT_REFUSED' };

describe('AddressGuard', () => {
  it('tells how near an address is', () => {
    const expected = {
      '93.184.216.34': 'public',
      '2606:2800:220:1::1': 'public',
      '10.1.2.3': 'private',
      '172.31.255.255': 'private',
      '172.32.0.1': 'public',
      '192.168.0.1': 'private',
      '100.64.0.1': 'private',
      'fd00::1': 'private',
      '127.9.9.9': 'loopback',
      '::1': 'loopback',
      '0.0.0.0': 'loopback',
      '169.254.169.254': 'link-local',
      'fe80::1': 'link-local',
      '::ffff:169.254.169.254': 'link-local',
      '::ffff:7f00:1': 'loopback',
    };
    for (const [address, nearness] of Object.entries(expected)) assert.equal(nearnessOf(address), nearness, address);
  });

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
