import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementsOf, membersOf } from './json-slices.ts';

describe('json slices', () => {
  it('cuts objects and arrays into the texts of their values', () => {
    assert.deepEqual(membersOf(' {"a" : 1.0, "b\\"}": [1, {"c": "]"}] ,"d":"x\\\\", "e": null, "f": -1e-7}'), [
      { key: 'a', value: '1.0' },
      { key: 'b"}', value: '[1, {"c": "]"}]' },
      { key: 'd', value: '"x\\\\"' },
      { key: 'e', value: 'null' },
      { key: 'f', value: '-1e-7' },
    ]);
    assert.deepEqual(elementsOf('[12345678901234567890,\n{"a": {}}, "ü", []]'), [
      '12345678901234567890',
      '{"a": {}}',
      '"ü"',
      '[]',
    ]);
    assert.deepEqual(membersOf('{ }'), []);
    assert.deepEqual(elementsOf('[]'), []);
  });

  it('refuses what is broken', () => {
    for (const text of [
      '',
      '[',
      '{"a"}',
      '{"a":}',
      '{"a": 1',
      '{"a": [1}',
      '{"a": "x}',
      '{a: 1}',
      '{"a": 1 "b": 2}',
      '{"a": 01x}',
    ]) {
      assert.throws(() => membersOf(text), SyntaxError, text);
    }
  });
});
