import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BumpType,
  bumpRelease,
  compareReleases,
  labelOf,
  parseReleaseVersion,
  VersionProblem,
} from './versions.ts';

const label = (text: string) => labelOf(parseReleaseVersion(text));

test('the four forms are read, and labelled as the department writes them', () => {
  const labels = {
    '05v1.0': '5v1',
    '24v4.0.1': '24v4.0.1',
    FY2026: 'FY2026',
    '25Q2.0': '25Q2',
    '2025-01x5': '2025-01.5',
    '2025-0112': '2025-01.2',
    '06exec': '6exec',
    '٢٤v١': '24v1',
    '24v1\n': '24v1',
  };
  for (const [text, wanted] of Object.entries(labels)) assert.equal(label(text), wanted, text);
  for (const text of ['20250101', '26a', 'fy2026', '4v1', '', '25Q5', '2025-02-30', '24v1.2.3.4', 'latest']) {
    assert.throws(() => parseReleaseVersion(text), VersionProblem, text);
  }
});

test('bumping drops lower parts and rolls over where the form does', () => {
  const bumps: [string, BumpType | null, number, string][] = [
    ['24v4.2.3', null, 1, '24v5'],
    ['24v4.2.3', 'minor', 1, '24v4.3'],
    ['24v4', 'patch', 1, '24v4.0.1'],
    ['24v4', null, 0, '24v5'],
    ['24v4', 'patch', -1, '24v4.0.-1'],
    ['FY2026', null, 1, 'FY2027'],
    ['25Q4.2', null, 2, '26Q2'],
    ['99Q4', null, 1, '00Q1'],
    ['2025-11', null, 14, '2027-01'],
    ['2025-12-31', 'patch', 1, '2025-12-31.1'],
    ['26exec', null, 5, '28prelim'],
    ['99adopt', null, 1, '100prelim'],
  ];
  for (const [text, type, by, wanted] of bumps) {
    assert.equal(labelOf(bumpRelease(parseReleaseVersion(text), type, by)), wanted, `${text} ${type} ${by}`);
  }
  const kindOf = (text: string, type: BumpType | null) => {
    try {
      bumpRelease(parseReleaseVersion(text), type, 1);
    } catch (error) {
      return (error as VersionProblem).kind;
    }
    return undefined;
  };
  assert.equal(kindOf('2025-12-31', null), 'bump_date');
  assert.equal(kindOf('25Q4', 'minor'), 'bump_type_not_applicable');
  assert.equal(kindOf('26prelim', 'major'), 'bump_unsupported');
});

test('versions of one kind compare by their parts, those of two kinds by year', () => {
  const compare = (a: string, b: string) => Math.sign(compareReleases(parseReleaseVersion(a), parseReleaseVersion(b)));
  assert.equal(compare('24v10', '24v9'), 1);
  assert.equal(compare('26prelim', '26exec'), -1);
  assert.equal(compare('25Q1', 'FY2025'), 1);
  assert.equal(compare('2025-01-01', '2025-01'), -1);
  assert.equal(compare('26v1', '2025-05-01'), 1);
  assert.throws(() => compare('25v1', '2025-05-01'), VersionProblem);
  assert.throws(() => compare('24v1', '26exec'), VersionProblem);
});
