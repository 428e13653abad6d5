import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText } from './charset.ts';

const NAME = '{"name": "Café Peña"}';

describe('decodeText', () => {
  it('takes UTF-8 for what it is, whatever the headers say', () => {
    for (const type of [
      undefined,
      'application/json',
      'text/plain; charset=ISO-8859-1',
      'text/html; charset=nonsense',
    ]) {
      assert.deepEqual(decodeText(Buffer.from(NAME), { 'content-type': type }), { text: NAME });
      assert.deepEqual(decodeText(Buffer.from(`\ufeff${NAME}`), { 'content-type': type }), { text: NAME });
    }
  });

  it('goes by the headers where the bytes are not UTF-8', () => {
    const latin = Buffer.from(NAME, 'latin1');
    assert.deepEqual(decodeText(latin, { 'content-type': 'application/json;charset="iso-8859-1"' }), { text: NAME });
    const cyrillic = Buffer.from([0x22, 0xcf, 0xf0, 0xe8, 0x22]);
    assert.deepEqual(decodeText(cyrillic, { 'content-type': 'text/plain; charset=windows-1251' }), { text: '"При"' });
  });

  it('knows UTF-16 with and without a mark', () => {
    for (const text of [NAME, `\ufeff${NAME}`]) {
      assert.equal(decodeText(Buffer.from(text, 'utf16le'), {}).text, NAME);
      assert.equal(decodeText(Buffer.from(text, 'utf16le').swap16(), {}).text, NAME);
    }
  });

  it('says what it guesses', () => {
    const latin = Buffer.from(NAME, 'latin1');
    for (const type of [
      undefined,
      'application/json',
      'application/json; charset=utf-8',
      'text/plain; charset=nonsense',
    ]) {
      assert.deepEqual(decodeText(latin, { 'content-type': type }), { text: NAME, guessed: 'windows-1252' });
    }
    const damaged = Buffer.concat([Buffer.from(NAME), Buffer.from([0xe9])]);
    assert.deepEqual(decodeText(damaged, {}), { text: `${NAME}\ufffd`, guessed: 'damaged UTF-8' });
    assert.deepEqual(decodeText(Buffer.alloc(0), {}), { text: '' });
  });
});
