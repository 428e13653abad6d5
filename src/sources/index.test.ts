import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SOURCE_SIGNATURES } from '../project/vocabulary/sources.ts';
import { connectorFor, SOURCE_TYPES, SOURCES_THAT_TELL_VERSIONS } from './index.ts';

describe('connectorFor', () => {
  it('has a connector for every type that a template may name', () => {
    assert.deepEqual([...SOURCE_TYPES].sort(), Object.keys(SOURCE_SIGNATURES).sort());
  });

  for (const type of SOURCE_TYPES) {
    it(type, async () => {
      const connector = await connectorFor(type);
      assert.equal(connector.type, type);
      assert.equal(connector.latestVersion !== undefined, SOURCES_THAT_TELL_VERSIONS.has(type));
    });
  }
});
