import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { LifecycleError } from '../../errors.ts';
import { NEARNESS_ORDER, type Nearness, nearnessOf } from './nearness.ts';

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
    if (NEARNESS_ORDER.indexOf(nearness) <= NEARNESS_ORDER.indexOf(this.#first)) return;
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
