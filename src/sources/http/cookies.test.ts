import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CookieJar } from './cookies.ts';

const NOW = Date.UTC(2024, 0, 1);

/** What is sent to `to` after `from` has set these. */
function sent(from: string, set: string | string[], to: string, later = 0): string | undefined {
  const jar = new CookieJar();
  jar.take(new URL(from), [set].flat(), NOW);
  return jar.header(new URL(to), NOW + later);
}

describe('CookieJar', () => {
  it('gives a cookie back to its host alone', () => {
    assert.equal(sent('http://a.example/x', 's=1', 'http://a.example/y'), 's=1');
    assert.equal(sent('http://a.example/x', 's=1', 'https://a.example/y'), 's=1');
    for (const other of [
      'http://b.example/',
      'http://b.a.example/',
      'http://example/',
      'http://a.example:8080/',
      'http://a.example.evil/',
    ]) {
      for (const cookie of ['s=1', 's=1; Domain=example', 's=1; Domain=.a.example', 's=1; Domain=b.example']) {
        assert.equal(sent('http://a.example/x', cookie, other), undefined, `${cookie} ${other}`);
      }
    }
  });

  it('heeds Secure, and the names that promise it', () => {
    assert.equal(sent('https://a.example/', 's=1; Secure', 'https://a.example/'), 's=1');
    assert.equal(sent('https://a.example/', 's=1; secure ;HttpOnly', 'http://a.example/'), undefined);
    assert.equal(sent('http://a.example/', 's=1; Secure', 'https://a.example/'), undefined);
    assert.equal(sent('https://a.example/', '__Secure-s=1', 'https://a.example/'), undefined);
    assert.equal(sent('https://a.example/', '__Host-s=1; Secure; Path=/x', 'https://a.example/x'), undefined);
    assert.equal(sent('https://a.example/', '__Host-s=1; Secure; Path=/', 'https://a.example/x'), '__Host-s=1');
  });

  it('heeds the path, its own folder where none is given', () => {
    for (const [set, to, expected] of [
      ['s=1; Path=/a', '/a', 's=1'],
      ['s=1; Path=/a', '/a/b', 's=1'],
      ['s=1; Path=/a/', '/a/b', 's=1'],
      ['s=1; Path=/a', '/ab', undefined],
      ['s=1; Path=/a', '/', undefined],
      ['s=1; Path=a', '/login/b', 's=1'],
      ['s=1', '/login/b/c', 's=1'],
      ['s=1', '/other', undefined],
    ] as const) {
      assert.equal(sent('http://a.example/login/x', set, `http://a.example${to}`), expected, `${set} ${to}`);
    }
    const both = ['a=1; Path=/', 'b=2; Path=/x', 'c=3; Path=/'];
    assert.equal(sent('http://a.example/', both, 'http://a.example/x/y'), 'b=2; a=1; c=3');
  });

  it('forgets a cookie when it is over, and takes a newer one in its place', () => {
    const url = 'http://a.example/';
    assert.equal(sent(url, 's=1; Max-Age=10', url, 9_000), 's=1');
    assert.equal(sent(url, 's=1; Max-Age=10', url, 10_000), undefined);
    assert.equal(sent(url, 's=1; Expires=Mon, 01 Jan 2024 00:00:10 GMT', url, 9_000), 's=1');
    assert.equal(sent(url, 's=1; Expires=Mon, 01-Jan-2024 00:00:10 GMT', url, 11_000), undefined);
    assert.equal(sent(url, 's=1; Expires=never', url), 's=1');
    assert.equal(sent(url, 's=1; Expires=Mon, 01 Jan 1990 00:00:00 GMT; Max-Age=10', url), 's=1');
    assert.equal(sent(url, ['s=1', 's=2'], url), 's=2');
    assert.equal(sent(url, ['s=1', 's=; Max-Age=0'], url), undefined);
  });

  it('leaves out what is none', () => {
    const url = 'http://a.example/';
    for (const broken of ['', ';', '=1', 's', 's=\u0000', `s=${'x'.repeat(5_000)}`]) {
      assert.equal(sent(url, broken, url), undefined, broken.slice(0, 9));
    }
    assert.equal(sent(url, 's=a=b; x', url), 's=a=b');
    assert.equal(
      sent(
        url,
        Array.from({ length: 500 }, (_, i) => `s${i}=1`),
        url,
      )?.split(';').length,
      100,
    );
  });
});
