import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SOURCE_TYPES, SOURCES_THAT_TELL_VERSIONS } from '../project/vocabulary/sources.ts';
import { connectorFor } from './index.ts';

describe('connectorFor', () => {
  for (const type of SOURCE_TYPES) {
    it(type, async () => {
      const connector = await connectorFor(type);
      assert.equal(connector.type, type);
      assert.equal(connector.latestVersion !== undefined, SOURCES_THAT_TELL_VERSIONS.has(type));
    });
  }
});
