import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitAddress } from './split-address.ts';

const CASES: [string, string, string][] = [
  ['124 GREENE ST', '124', 'GREENE ST'],
  ['37-05 BROADWAY', '37-05', 'BROADWAY'],
  ['12-34A 45TH AVE', '12-34A', '45TH AVE'],
  ['1 E 42ND ST FL 2', '1', 'E 42ND ST'],
  ['1 E 42ND ST 2ND FLOOR', '1', 'E 42ND ST'],
  ['45 AVENUE A GROUND FL', '45', 'AVENUE A'],
  ['350 FIFTH AVE STE 100', '350', 'FIFTH AVE'],
  ['1369 BEDFORD AVE # 2', '1369', 'BEDFORD AVE'],
  ['1369 BEDFORD AVE #2', '1369', 'BEDFORD AVE'],
  ['55 WATER STREET, APT 5', '55', 'WATER STREET'],
  ['55 Water Street, New York, NY 10041', '55', 'Water Street'],
  ['123 1/2 MAIN ST N', '123', 'MAIN ST N'],
  ['39 BEACH 116TH ST', '39', 'BEACH 116TH ST'],
  ['1 CENTRAL PARK WEST', '1', 'CENTRAL PARK WEST'],
  ['1 FLOYD ST', '1', 'FLOYD ST'],
  ['RIVERDALE AVE', '', 'RIVERDALE AVE'],
  ['8TH AVE', '', '8TH AVE'],
  ['100', '', '100'],
  ['', '', ''],
];

for (const [address, houseNumber, street] of CASES) {
  test(`address ${JSON.stringify(address)}`, () => {
    assert.deepEqual(splitAddress(address), { houseNumber, street });
  });
}
