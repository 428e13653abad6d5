import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, type VersionOrder } from './version-order.ts';

/** Each list is in order; every pair of it is compared both ways. */
const ORDERED: Record<string, string[]> = {
  days: ['2023-12-31', '2024-01-01', '2024-01-31', '2024-01-31.2', '2024-01-31.10', '2024-02-01'],
  'days in several spellings': ['20231231', '2024_01_01', '2024.01.31', '02-01-2024', '03012024', '4-1-2024'],
  times: ['20240131T0859', '2024-01-31T09:00', '20240131090001', '2024-01-31T09:00:02Z', '2024-01-31T08:00:03-05:00'],
  months: ['2023-11', '2023_12', '202401', 'feb2024', 'March_2024', '2024-Apr', '2024May', '1-jun-2024', '2024-06.2'],
  quarters: ['2023Q4', '24Q1', '24Q2', '24Q2.1', '2024-Q3', 'Q4-2024', '2025q1'],
  'years, halves and quarters': ['FY2022', 'FY23', '2023H2', '2024', '2024Q2', '2024-05', '2024-05-02', '2025'],
  releases: ['23v3', '24v1', '24v1.2', '24v1.10', '24v2', '24v3.1', '25v1', '2026v1', '26v1.2', '26v10', '30v1'],
  letters: ['16a', '16b', '16b.1', '16d', '2017a', '17B', '20a'],
  budgets: ['23adopt', '24prelim', '24exec', '24adopt', '24adopt.1', '25prelim'],
  numbers: ['1', 'v2', '7', '10', '1999999', '99999999999999999998', '99999999999999999999'],
  points: [
    'v1',
    '1.2',
    'v1.2.3',
    '1.9',
    '1.10',
    '1.10.0.1',
    'v2.0.0-alpha',
    '2.0.0-alpha.1',
    '2.0.0-rc.2',
    '2.0.0-rc.10',
    '2.0.0',
  ],
  'kinds of several years': ['15d', '2016-07', '17v1', '2018Q3', '19prelim', '20240101'],
};

for (const [name, versions] of Object.entries(ORDERED)) {
  test(`the order of versions: ${name}`, () => {
    for (const [i, older] of versions.entries()) {
      assert.equal(compareVersions(older, older), 0, older);
      for (const newer of versions.slice(i + 1)) {
        assert.ok((compareVersions(older, newer) ?? 0) < 0, `${older} before ${newer}`);
        assert.ok((compareVersions(newer, older) ?? 0) > 0, `${newer} after ${older}`);
      }
    }
  });
}

test('what says the same, and what does not say which is newer', () => {
  for (const [a, b] of [
    ['2024-01-31', '20240131'],
    ['24v1', '24v1.0'],
    ['24Q2', '2024-04'],
    ['v7', '7'],
    ['16A', '16a'],
    ['2024-01-31T09:00:00-05:00', '2024-01-31T14:00Z'],
  ] as const) {
    assert.equal(compareVersions(a, b), 0, `${a} and ${b}`);
  }
  for (const [a, b] of [
    ['b', 'a'],
    ['2024-01-31', 'final'],
    ['24v1', '2024-03'],
    ['16a', '16v1'],
    ['7', '2024-01-01'],
    ['2024-02-30', '2024-02-28'],
    ['7Q2', '8Q2'],
    ['2024-13', '2024-12'],
    ['run-9', 'run-10'],
    ['2024.01.31-2', '2024.01.31'],
    ['decennial2020', 'decennial2010'],
  ] as const) {
    assert.equal(compareVersions(a, b), undefined, `${a} and ${b}`);
    assert.equal(compareVersions(b, a), undefined, `${b} and ${a}`);
  }
});

test('the order that a template names', () => {
  const cases: [VersionOrder, string, string, number | undefined][] = [
    ['created', '24v1', '24v2', undefined],
    ['numbers', 'run-9', 'run-10', -1],
    ['numbers', 'DOF_240131', 'DOF_240201', -1],
    ['numbers', 'a1', 'b1', 0],
    ['text', '24v10', '24v2', -1],
    ['text', 'b', 'a', 1],
  ];
  for (const [order, a, b, expected] of cases)
    assert.equal(compareVersions(a, b, order), expected, `${order} ${a} ${b}`);
});
