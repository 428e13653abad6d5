import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previousVersion } from './build-version.ts';

const before = (version: string, ...published: string[]) => previousVersion(version, published).previous;

test('the release before is the one before it in the list, else the last one if that is older', () => {
  assert.equal(before('24v2', '24v1', '24v2'), '24v1');
  assert.equal(before('24v3', '24v1', '24v2', 'latest'), '24v2');
  assert.equal(before('24v11', '24v9', '24v10'), '24v10');
  assert.equal(before('06v1', '05v1'), '5v1');
  assert.equal(before('26v1', '2024-05-01', '25v1'), '25v1');
});

test('there is none for the first release, an older one, or where a version cannot be read or compared', () => {
  assert.equal(before('24v1', '24v1', '24v2'), undefined);
  assert.equal(before('24v1.5', '24v1', '24v2'), undefined);
  assert.equal(before('24v3'), undefined);
  assert.equal(before('24v3', '24v1', 'nightly'), undefined);
  assert.equal(before('main', '24v1'), undefined);
  assert.equal(before('25v2', '2025-05-01'), undefined);
});
