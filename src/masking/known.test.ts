import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputLines } from '../processes/output-lines.ts';
import { maskerFor, secretsIn } from './known.ts';

test('secrets are the values of variables that say so, and passwords in addresses', () => {
  const secrets = secretsIn({
    DB_PASSWORD: 'one-secret',
    API_KEY: 'key-value',
    BUILD_ENGINE_SERVER: 'postgresql://user:p%40ssword@host:5432',
    PATH: '/bin',
    SHORT_TOKEN: 'abc',
  });
  assert.deepEqual(secrets, ['one-secret', 'key-value', 'p%40ssword', 'p@ssword']);
});

test('fault 68: a secret is masked as it is, in an address, in JSON and in base64 at every alignment', () => {
  const secret = 'hidden "wörd" & more';
  const { mask } = maskerFor([secret]);
  assert.equal(mask(`a ${secret} b`), 'a *** b');
  assert.equal(mask(encodeURIComponent(secret)), '***');
  assert.equal(mask(JSON.stringify(secret)), '"***"');
  for (const prefix of ['', 'u', 'us', 'user:']) {
    const text = Buffer.from(`${prefix}${secret}@host`).toString('base64');
    const masked = mask(text);
    assert.ok(masked.includes('***') && masked.length < text.length, prefix);
  }
  assert.equal(mask('hidden word'), 'hidden word');
});

test('fault 68: a secret split over two chunks, or over the pieces of an endless line, is masked', () => {
  const pieces: string[] = [];
  const lines = new OutputLines(maskerFor(['secret-word']), (piece, ends) => pieces.push(ends ? `${piece}\n` : piece));
  lines.add(Buffer.from('a sec'));
  lines.add(Buffer.from('ret-word b\nrest'));
  lines.end();
  assert.equal(pieces.join(''), 'a *** b\nrest\n');

  pieces.length = 0;
  const long = new OutputLines(maskerFor(['secret-word']), (piece) => pieces.push(piece));
  for (let i = 0; i < 30_000; i++) {
    long.add(Buffer.from('secr'));
    long.add(Buffer.from('et-wordxx'));
  }
  long.end();
  assert.ok(pieces.length > 1);
  assert.equal(pieces.join(''), '***xx'.repeat(30_000));
});
