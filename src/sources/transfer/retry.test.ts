import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY, transferPolicy } from './policy.ts';
import { retryAfterMs } from './retry.ts';

describe('retryAfterMs', () => {
  it('reads seconds and dates', () => {
    const now = Date.UTC(2024, 0, 2, 3, 4, 5);
    assert.equal(retryAfterMs('120'), 120_000);
    assert.equal(retryAfterMs('Tue, 02 Jan 2024 03:04:35 GMT', now), 30_000);
    assert.equal(retryAfterMs('Tue, 02 Jan 2024 03:00:00 GMT', now), 0);
    assert.equal(retryAfterMs('soon'), undefined);
    assert.equal(retryAfterMs(undefined), undefined);
  });
});

describe('transferPolicy', () => {
  it('lays the environment over the defaults and the caller over both', () => {
    const policy = transferPolicy({ attempts: 9, idleMs: 5 }, { idleMs: 7 });
    assert.deepEqual(policy, { ...DEFAULT_POLICY, attempts: 9, idleMs: 7 });
  });
});
