import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Nearness, nearnessOf } from './nearness.ts';

function tells(expected: Record<string, Nearness>): void {
  for (const [address, nearness] of Object.entries(expected)) assert.equal(nearnessOf(address), nearness, address);
}

describe('nearnessOf', () => {
  it('knows the special ranges and their edges', () => {
    tells({
      '93.184.216.34': 'public',
      '1.1.1.1': 'public',
      '2606:2800:220:1::1': 'public',
      '9.255.255.255': 'public',
      '10.1.2.3': 'private',
      '11.0.0.0': 'public',
      '172.15.255.255': 'public',
      '172.31.255.255': 'private',
      '172.32.0.1': 'public',
      '192.168.0.1': 'private',
      '192.169.0.0': 'public',
      '100.63.255.255': 'public',
      '100.64.0.1': 'private',
      '100.127.255.255': 'private',
      '100.128.0.0': 'public',
      '198.17.255.255': 'public',
      '198.18.0.1': 'private',
      '198.19.255.255': 'private',
      '192.0.2.1': 'private',
      '224.0.0.1': 'private',
      '255.255.255.255': 'private',
      '127.9.9.9': 'loopback',
      '0.0.0.0': 'loopback',
      '0.1.2.3': 'loopback',
      '169.254.169.254': 'link-local',
      'fd00::1': 'private',
      'fec0::1': 'private',
      'fe80::1': 'link-local',
      'fe80::1%eth0': 'link-local',
      'febf::1': 'link-local',
      '::1': 'loopback',
      '::': 'loopback',
      'ff02::1': 'private',
      '2001:db8::1': 'private',
    });
  });

  it('looks through addresses that lead on to another', () => {
    tells({
      '::ffff:169.254.169.254': 'link-local',
      '::ffff:7f00:1': 'loopback',
      '0:0:0:0:0:ffff:10.0.0.1': 'private',
      '::ffff:8.8.8.8': 'public',
      '::127.0.0.1': 'loopback',
      '::a00:1': 'private',
      '::808:808': 'public',
      '::ffff:0:127.0.0.1': 'loopback',
      '64:ff9b::169.254.169.254': 'link-local',
      '64:ff9b::7f00:1': 'loopback',
      '64:ff9b::808:808': 'public',
      '64:ff9b:1::1': 'loopback',
      '64:ff9b:1:abcd::a9fe:a9fe': 'link-local',
      '64:ff9b:1::808:808': 'private',
      '2002:7f00:1::': 'loopback',
      '2002:a9fe:a9fe::1': 'link-local',
      '2002:c0a8:101:5::1': 'private',
      '2002:808:808::1': 'public',
      '2001:0:7f00:1::f7f7:f7f7': 'loopback',
      '2001:0:808:808::80ff:fffe': 'loopback',
      '2001:0:808:808::f7f7:f7f7': 'public',
      '2606::5efe:10.0.0.1': 'private',
      '2606::200:5efe:127.0.0.1': 'loopback',
    });
  });

  it('knows the metadata services of clouds that live elsewhere', () => {
    for (const address of ['fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']) {
      assert.equal(nearnessOf(address), 'link-local', address);
    }
  });

  it('takes what is no address for the nearest', () => {
    for (const text of ['', 'localhost', '0x7f000001', '127.1', '017700000001', '2130706433', '1.2.3', '::g']) {
      assert.equal(nearnessOf(text), 'link-local', text);
    }
  });
});
