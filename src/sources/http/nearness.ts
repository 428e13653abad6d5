import { BlockList, isIP } from 'node:net';

/** How near an address is to us. A transfer may move outwards, never inwards. */
export type Nearness = 'public' | 'private' | 'loopback' | 'link-local';
export const NEARNESS_ORDER: readonly Nearness[] = ['public', 'private', 'loopback', 'link-local'];

function blockListOf(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix = ''] = subnet.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

// RFC 6890's registries of special-purpose addresses. Cloud metadata services live at link-local ones and at four more.
const LINK_LOCAL = blockListOf(
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
);
const LOOPBACK = blockListOf('127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128');
const PRIVATE = blockListOf(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:2::/48',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fec0::/10',
  'ff00::/8',
);

/** Addresses of IPv6 that lead to one of IPv4, and at which of their eight groups that begins. */
const TRANSLATED: readonly { subnet: string; at: number; inverted?: true }[] = [
  { subnet: '::/96', at: 6 },
  { subnet: '::ffff:0:0/96', at: 6 },
  { subnet: '::ffff:0:0:0/96', at: 6 },
  { subnet: '64:ff9b::/96', at: 6 },
  { subnet: '64:ff9b:1::/48', at: 6 },
  { subnet: '2002::/16', at: 1 },
  // Teredo: the server and, with its bits inverted, the client.
  { subnet: '2001::/32', at: 2 },
  { subnet: '2001::/32', at: 6, inverted: true },
];
const TRANSLATORS = TRANSLATED.map((one) => ({ ...one, list: blockListOf(one.subnet) }));

/** Of an address that leads on to another, the nearer one counts; what is no address is taken for the nearest. */
export function nearnessOf(address: string): Nearness {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return 'link-local';
  if (family === 4) return own(bare, 'ipv4');
  const groups = groupsOf(bare);
  const embedded = TRANSLATORS.filter(({ list }) => list.check(bare, 'ipv6')).map(({ at, inverted }) =>
    own(dotted(groups.slice(at, at + 2), inverted ? 0xffff : 0), 'ipv4'),
  );
  // ISATAP writes the address of IPv4 into the lower half, whatever the upper one is.
  if ((groups[4]! & 0xfdff) === 0 && groups[5] === 0x5efe) embedded.push(own(dotted(groups.slice(6), 0), 'ipv4'));
  const all = [own(bare, 'ipv6'), ...embedded];
  return NEARNESS_ORDER.findLast((nearness) => all.includes(nearness)) ?? 'public';
}

function own(address: string, family: 'ipv4' | 'ipv6'): Nearness {
  if (LINK_LOCAL.check(address, family)) return 'link-local';
  if (LOOPBACK.check(address, family)) return 'loopback';
  if (PRIVATE.check(address, family)) return 'private';
  return 'public';
}

/** The eight groups of an address of IPv6. */
function groupsOf(address: string): number[] {
  const written = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [before = [], after = []] = written
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))));
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function dotted([high = 0, low = 0]: readonly number[], mask: number): string {
  const [first, second] = [high ^ mask, low ^ mask];
  return [first >> 8, first & 255, second >> 8, second & 255].join('.');
}
