import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from '../../project/yaml.ts';
import { withoutFields } from './template-copy.ts';

const OWN = ['runner', 'version_order'];
const CASES: [string, string, string][] = [
  ['nothing of ours', 'id: a\nacl: x\n', 'id: a\nacl: x\n'],
  ['first', 'runner: dcpy\nid: a\n', 'id: a\n'],
  ['in between, with a comment of its own', 'id: a\nrunner: dcpy # slow\nacl: x\n', 'id: a\nacl: x\n'],
  ['last, without an end of line', 'id: a\nrunner: dcpy', 'id: a\n'],
  ['both', 'runner: dcpy\nid: a\nversion_order: created\nacl: x\n', 'id: a\nacl: x\n'],
  ['both, one after the other', 'id: a\nversion_order: created\nrunner: dcpy\nacl: 010\n', 'id: a\nacl: 010\n'],
  ['quoted', 'id: a\n"runner": dcpy\nacl: 2020-01-01\n', 'id: a\nacl: 2020-01-01\n'],
  ['as JSON, first', '{"runner": "dcpy", "id": "a"}', '{"id": "a"}'],
  ['as JSON, last', '{"id": "a", "runner": "dcpy"}\n', '{"id": "a"}\n'],
  ['as JSON, alone', '{"runner": "dcpy"}', '{}'],
  ['of the same name further in', 'id: a\nmap:\n  runner: b\n', 'id: a\nmap:\n  runner: b\n'],
];

for (const [name, text, expected] of CASES) {
  test(`fields are cut out of a template: ${name}`, () => {
    assert.equal(withoutFields(text, OWN), expected);
    assert.ok('node' in readYaml(expected));
  });
}

test('a field that others refer to cannot be cut out', () => {
  assert.throws(() => withoutFields('runner: &a dcpy\nid: *a\n', OWN), { code: 'ING_DCPY' });
});
