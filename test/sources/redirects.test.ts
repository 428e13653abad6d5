import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, scene, serve } from './fixture.ts';
import { serveNames } from './name-server.ts';

const CSV = 'id,name\n1,Astoria\n';
const connector = await connectorFor('file_download');

async function fetched(url: string): Promise<string> {
  await using stage = await scene();
  const { path } = await connector.fetch({ url, filename: 'a.csv' }, stage.destination, stage.context);
  return readFile(path, 'utf8');
}

describe('redirects', () => {
  it('a cookie set on the way is given back where it belongs, and nowhere else', async () => {
    await using other = await serve((_request, response) => void response.end(CSV));
    await using server = await serve((request, response) => {
      const { url, headers } = request;
      if (url === '/login') {
        const set = ['s=1; Path=/data', 'page=2', 'safe=3; Secure', 'old=4; Max-Age=0', 'all=5; Path=/; Domain=0.0.1'];
        return response.writeHead(302, { 'set-cookie': set, location: '/data/a.csv' }).end();
      }
      if (url === '/away') {
        return response.writeHead(302, { 'set-cookie': 'all=5; Path=/', location: `${other.url}/a.csv` }).end();
      }
      if (headers.cookie !== 's=1; page=2; all=5') return response.writeHead(302, { location: '/login' }).end();
      return response.end(CSV);
    });
    assert.equal(await fetched(`${server.url}/data/a.csv`), CSV);
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ['/data/a.csv', '/login', '/data/a.csv'],
    );
    assert.equal(await fetched(`${server.url}/away`), CSV);
    assert.equal(other.requests[0]?.headers.cookie, undefined);
  });

  it('headers that could be credentials stay with the origin that they are for', async () => {
    const { HttpClient } = await import('../../src/sources/http/client.ts');
    await using other = await serve((_request, response) => void response.end(CSV));
    await using server = await serve((request, response) => {
      response.writeHead(307, { location: request.url === '/a' ? '/b' : `${other.url}/c` }).end();
    });
    await using stage = await scene();
    using client = new HttpClient(stage.context);
    const headers = {
      Authorization: 'Bearer x',
      Cookie: 'own=1',
      'X-Api-Key': 'x',
      'x-amz-security-token': 'x',
      'Accept-Language': 'en',
      range: 'bytes=1-',
    };
    const answer = await client.open(`${server.url}/a`, { headers }, stage.context.signal);
    answer.body.resume();
    for (const { headers: seen } of server.requests) {
      assert.deepEqual([seen.authorization, seen.cookie, seen['x-api-key']], ['Bearer x', 'own=1', 'x']);
    }
    const seen = other.requests[0]?.headers ?? {};
    assert.deepEqual(
      Object.keys(seen).filter((name) => /auth|cookie|key|token/.test(name)),
      [],
    );
    assert.equal(seen['accept-language'], 'en');
    assert.equal(seen.range, 'bytes=1-');
  });

  it('fault 24: an address is known however it is written', async () => {
    for (const host of [
      '169.254.169.254',
      '2852039166',
      '0xa9fea9fe',
      '0xA9.0xfe.0xa9.0xfe',
      '0251.0376.0251.0376',
      '169.254.43518',
      '169.254.169.254.',
      '%EF%BC%91%EF%BC%96%EF%BC%99.254.169.254',
      '%31%36%39.254.169.254',
      '[::ffff:169.254.169.254]',
      '[::ffff:a9fe:a9fe]',
      '[::a9fe:a9fe]',
      '[64:ff9b::a9fe:a9fe]',
      '[2002:a9fe:a9fe::1]',
      '[fe80::1]',
      '[fd00:ec2::254]',
    ]) {
      await using server = await serve(
        (_request, response) => void response.writeHead(302, { location: `http://${host}/latest/meta-data` }).end(),
      );
      const error = await failsWith('SRC_REDIRECT_REFUSED', fetched(`${server.url}/a.csv`));
      assert.match(error.message, /link-local address/, host);
    }
  });

  it('fault 24: a name that leads elsewhere at the second look is not followed there', async () => {
    await using names = await serveNames([['127.0.0.1'], ['169.254.169.254']]);
    await using server = await serve((_request, response) => {
      response.writeHead(302, { location: `http://data.example:${server.port}/b.csv`, connection: 'close' }).end();
    });
    const error = await failsWith('SRC_REDIRECT_REFUSED', fetched(`http://data.example:${server.port}/a.csv`));
    assert.match(error.message, /link-local address 169\.254\.169\.254 \(data\.example\)/);
    assert.deepEqual(names.questions, ['data.example', 'data.example']);
    assert.equal(server.requests.length, 1);
  });

  it('fault 24: one bad address among several is enough', async () => {
    await using _names = await serveNames([['127.0.0.1'], ['127.0.0.1', '169.254.169.254']]);
    await using server = await serve((_request, response) => {
      response.writeHead(302, { location: `http://data.example:${server.port}/b.csv`, connection: 'close' }).end();
    });
    await failsWith('SRC_REDIRECT_REFUSED', fetched(`http://data.example:${server.port}/a.csv`));
  });

  it('fault 24: the socket goes to the address that was checked, though every look gives another', async () => {
    const answers = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
    await using names = await serveNames(answers.map((address) => [address]));
    const reached: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      reached.push(request.socket.localAddress);
      const next = reached.length < answers.length ? `/${reached.length}.csv` : undefined;
      if (next) response.writeHead(302, { location: next, connection: 'close' }).end();
      else response.end(CSV);
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    try {
      assert.equal(await fetched(`http://data.example:${(server.address() as AddressInfo).port}/a.csv`), CSV);
      assert.deepEqual(reached, answers);
      assert.equal(names.questions.length, answers.length, 'asked once for each connection');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
