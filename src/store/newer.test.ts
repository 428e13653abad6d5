import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionOrder } from '../version-order.ts';
import { isNewer, type MadeVersion } from './newer.ts';

const made = (version: string, second: number): MadeVersion => ({
  version,
  created: new Date(Date.UTC(2024, 0, 1, 0, 0, second)).toISOString(),
});

test('an old version that is brought in late is not newer than what its successor is older than', () => {
  const [old, successor, dated] = [made('24v1', 9), made('24v2', 1), made('2024-07', 5)];
  const standing = [old, successor, dated];
  assert.ok(isNewer(dated, successor, standing, undefined));
  assert.ok(isNewer(successor, old, standing, undefined));
  assert.ok(isNewer(dated, old, standing, undefined));
  assert.ok(!isNewer(old, dated, standing, undefined));
  assert.ok(isNewer(old, dated, [old, dated], undefined));
  assert.ok(isNewer(made('final', 9), successor, standing, undefined));
});

const NAMES = [
  ...['24v1', '24v1.2', '2024v10', '23v9', '25v1', '2024-07', '2024-01-31', '202401', '2024Q1', '2024', 'FY23', '23Q4'],
  ...['2024-01-01T00:30:00+14:00', '2023-12-31T23:00:00Z', '24a', '2024b', '25a', '24prelim', '24adopt', '23exec'],
  ...['7', 'v12', '1.10', '2.0.0-rc.1', '2.0.0', '2024.01.31-2', '2024.01.31', 'final', 'draft', 'run-9', 'x', '16A'],
];

test('of any versions made at any times there is one order, without circles', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 400; round++) {
    const order = ([undefined, undefined, undefined, 'created', 'numbers', 'text'] as (VersionOrder | undefined)[])[
      random(6)
    ];
    const names = new Set(Array.from({ length: 3 + random(7) }, () => NAMES[random(NAMES.length)]!));
    const standing = [...names].map((name) => made(name, random(round % 2 === 0 ? 1000 : 4)));
    const newer = (a: MadeVersion, b: MadeVersion) => isNewer(a, b, standing, order);
    for (const a of standing) {
      for (const b of standing) {
        if (a === b) continue;
        assert.notEqual(newer(a, b), newer(b, a), `${a.version} and ${b.version}`);
        for (const c of standing) {
          if (c === a || c === b || !newer(a, b) || !newer(b, c)) continue;
          assert.ok(newer(a, c), `${JSON.stringify([a, b, c])} among ${JSON.stringify(standing)}, ${order}`);
        }
      }
    }
  }
});
