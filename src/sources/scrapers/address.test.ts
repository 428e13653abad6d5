import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAddress } from './address.ts';

/** Text, place name, street, city, state, ZIP code. */
const ADDRESSES: readonly (readonly [string, string, string, string, string, string])[] = [
  ['89-11 Merrick Boulevard, Jamaica, NY 11432', '', '89-11 Merrick Boulevard', 'Jamaica', 'NY', '11432'],
  ['312 Beach 54 Street, Arverne, NY 11692', '', '312 Beach 54 Street', 'Arverne', 'NY', '11692'],
  ['108-19 71 Avenue, Forest Hills, NY 11375', '', '108-19 71 Avenue', 'Forest Hills', 'NY', '11375'],
  ['36-51 Bell Boulevard Bayside, NY 11361', '', '36-51 Bell Boulevard', 'Bayside', 'NY', '11361'],
  ['95-06 Astoria Boulevard East Elmhurst, NY 11369', '', '95-06 Astoria Boulevard', 'East Elmhurst', 'NY', '11369'],
  ['10-43 Court Square, Long Island City NY 11101', '', '10-43 Court Square', 'Long Island City', 'NY', '11101'],
  ['40-20 Broadway,\n Long Island City, NY 11103', '', '40-20 Broadway', 'Long Island City', 'NY', '11103'],
  ['249-01 Northern Boulevard, Little Neck, NY', '', '249-01 Northern Boulevard', 'Little Neck', 'NY', ''],
  ['191-05 St. Albans Avenue, St. Albans, NY 11412', '', '191-05 St. Albans Avenue', 'St. Albans', 'NY', '11412'],
  ['500 Pearl Street New York, NY 10007-1312', '', '500 Pearl Street', 'New York', 'NY', '10007-1312'],
  ['271 Cadman Plaza East, Suite 1595 Brooklyn, NY 11201', '', '271 Cadman Plaza East', 'Brooklyn', 'NY', '11201'],
  ['1 Bowling Green Room 614 New York, NY 10004', '', '1 Bowling Green', 'New York', 'NY', '10004'],
  ['One Bowling Green New York, NY 10004', '', 'One Bowling Green', 'New York', 'NY', '10004'],
  ['233 Broadway, 14th Floor New York, NY 10279', '', '233 Broadway', 'New York', 'NY', '10279'],
  ['300 Quarropas Street White Plains, NY 10601', '', '300 Quarropas Street', 'White Plains', 'NY', '10601'],
  [
    'Daniel Patrick Moynihan U.S. Courthouse 500 Pearl Street New York, NY 10007',
    'Daniel Patrick Moynihan U.S. Courthouse',
    '500 Pearl Street',
    'New York',
    'NY',
    '10007',
  ],
  [
    'Theodore Roosevelt U.S. Courthouse 225 Cadman Plaza East Brooklyn, NY 11201',
    'Theodore Roosevelt U.S. Courthouse',
    '225 Cadman Plaza East',
    'Brooklyn',
    'NY',
    '11201',
  ],
  [
    'Conrad B. Duberstein U.S. Bankruptcy Courthouse 271-C Cadman Plaza East, Suite 1595 Brooklyn, NY 11201',
    'Conrad B. Duberstein U.S. Bankruptcy Courthouse',
    '271-C Cadman Plaza East',
    'Brooklyn',
    'NY',
    '11201',
  ],
  [
    'Long Island Federal Courthouse 100 Federal Plaza Central Islip, NY 11722',
    'Long Island Federal Courthouse',
    '100 Federal Plaza',
    'Central Islip',
    'NY',
    '11722',
  ],
  ['Jamaica, NY 11432', '', '', 'Jamaica', 'NY', '11432'],
  ['to be announced', 'to be announced', '', '', '', ''],
];

describe('parseAddress', () => {
  for (const [text, placeName, street, city, state, zip] of ADDRESSES) {
    it(text.replace('\n', ' '), () => {
      const expected = Object.fromEntries(
        Object.entries({ placeName, street, city, state, zip }).map(([name, value]) => [name, value || undefined]),
      );
      assert.deepEqual(parseAddress(text), expected);
    });
  }
});
