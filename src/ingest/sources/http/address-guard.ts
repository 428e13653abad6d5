import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { LifecycleError } from '../../../errors.ts';

/** How near an address is to us. A transfer may move outwards, never inwards. */
export type Nearness = 'public' | 'private' | 'loopback' | 'link-local';
const ORDER: readonly Nearness[] = ['public', 'private', 'loopback', 'link-local'];

function blockListOf(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix = ''] = subnet.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

// RFC 6890's registry of special-purpose addresses; cloud metadata services live at link-local ones.
const LINK_LOCAL = blockListOf('169.254.0.0/16', 'fe80::/10');
const LOOPBACK = blockListOf('127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128');
const PRIVATE = blockListOf(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  'fc00::/7',
  'fec0::/10',
  'ff00::/8',
);

export function nearnessOf(address: string): Nearness {
  // BlockList sees through IPv4-mapped IPv6 addresses.
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (LINK_LOCAL.check(address, family)) return 'link-local';
  if (LOOPBACK.check(address, family)) return 'loopback';
  if (PRIVATE.check(address, family)) return 'private';
  return 'public';
}

/**
 * Watches the addresses of one transfer: where it began is trusted, since the template's author named it; a redirect,
 * or a name that suddenly resolves elsewhere, may not lead to an address nearer to us than that.
 */
export class AddressGuard {
  #first: Nearness | undefined;

  /** @throws LifecycleError SRC_REDIRECT_REFUSED */
  check(hostname: string, address: string): void {
    const nearness = nearnessOf(address);
    this.#first ??= nearness;
    if (ORDER.indexOf(nearness) <= ORDER.indexOf(this.#first)) return;
    throw new LifecycleError(
      'SRC_REDIRECT_REFUSED',
      `the download began at a ${this.#first} address and now leads to the ${nearness} address ${address} (${hostname})`,
      { hint: 'if this is right, put the final address into the template itself' },
    );
  }

  /** Checks a host that is written as an address, for which no name is looked up. */
  checkLiteral(hostname: string): void {
    const bare = hostname.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0) this.check(bare, bare);
  }

  /** A name lookup for `net.connect` that checks what it finds. Names other than `hostname` are a proxy's, which is trusted. */
  lookupFor(hostname: string): LookupFunction {
    return (name: string, options: LookupOptions, callback) => {
      lookup(name, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        if (error) return callback(error, '', 4);
        try {
          if (name === hostname) for (const { address } of addresses) this.check(name, address);
        } catch (refusal) {
          return callback(refusal as Error, '', 4);
        }
        const first = addresses[0];
        if (options.all) return callback(null, addresses);
        return callback(null, first?.address ?? '', first?.family ?? 4);
      });
    };
  }
}
