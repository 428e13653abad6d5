import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { maskOutputData } from '../../src/masking/output.ts';
import { CSV, connector, fetch } from './downloads.ts';
import { failsWith, scene, serve } from './fixture.ts';

describe('file_download', () => {
  it('brings the file, with facts for the record', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/csv',
        etag: '"abc"',
        'last-modified': 'Tue, 02 Jan 2024 03:04:05 GMT',
      });
      response.end(CSV);
    });
    await using stage = await scene();
    const fetched = await fetch(stage, `${server.url}/files/boroughs.csv?version=24a`);
    assert.equal(fetched.filename, 'boroughs.csv');
    assert.equal(await readFile(fetched.path, 'utf8'), CSV);
    assert.deepEqual(fetched.facts, {
      url: `${server.url}/files/boroughs.csv?version=24a`,
      bytes: CSV.length,
      sha256: createHash('sha256').update(CSV).digest('hex'),
      etag: '"abc"',
      last_modified: 'Tue, 02 Jan 2024 03:04:05 GMT',
      content_type: 'text/csv',
    });
    assert.deepEqual(await readdir(stage.destination), ['boroughs.csv']);
    assert.ok(stage.logged.some(({ message }) => message === 'progress boroughs.csv'));
  });

  it('takes `filename`, and refuses an address without a usable name', async () => {
    await using server = await serve((_request, response) => void response.end(CSV));
    await using stage = await scene();
    assert.equal((await fetch(stage, `${server.url}/export`, { filename: 'a.csv' })).filename, 'a.csv');
    await failsWith('SRC_ARGUMENTS', fetch(stage, `${server.url}/`));
    await failsWith('SRC_ARGUMENTS', fetch(stage, 'ftp://example.org/a.csv'));
    await failsWith('SRC_ARGUMENTS', fetch(stage, 'no address'));
  });

  it('faults 19, 20 and 22: judges by content, not by Content-Type', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/login.csv') {
        response.writeHead(200, { 'content-type': 'text/csv' });
        return response.end('\ufeff\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>');
      }
      if (request.url === '/page.zip') return response.end('no such file');
      if (request.url === '/error.csv') return response.end('{"error": {"code": 400, "message": "gone"}}');
      response.writeHead(200, { 'content-type': 'text/html' });
      return response.end(CSV);
    });
    await using stage = await scene();
    assert.equal((await fetch(stage, `${server.url}/a.csv`)).facts.bytes, CSV.length);
    const login = await failsWith('SRC_UNEXPECTED_CONTENT', fetch(stage, `${server.url}/login.csv`));
    assert.match(login.message, /HTML page \(“Sign in”\) in place of csv/);
    await failsWith('SRC_UNEXPECTED_CONTENT', fetch(stage, `${server.url}/page.zip`));
    assert.match((await failsWith('SRC_ANSWER', fetch(stage, `${server.url}/error.csv`))).message, /gone/);
    assert.deepEqual(await readdir(stage.destination), ['a.csv']);
    await using html = await scene({ format: 'html' });
    assert.equal((await fetch(html, `${server.url}/login.csv`)).filename, 'login.csv');
  });

  it('fault 21: an empty body is refused', async () => {
    await using server = await serve((_request, response) => void response.end());
    await using stage = await scene();
    await failsWith('SRC_EMPTY', fetch(stage, `${server.url}/a.csv`));
  });

  it('fault 23: unpacks an encoded body, refuses one that lies and a bomb', async () => {
    await using server = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      if (request.url === '/lie.csv') return response.end(CSV);
      if (request.url === '/cut.csv') return response.end(gzipSync(CSV.repeat(100)).subarray(0, 60));
      if (request.url === '/bomb.csv') return response.end(gzipSync(Buffer.alloc(120_000_000, 'a')));
      return response.end(gzipSync(CSV));
    });
    await using stage = await scene();
    assert.equal(await readFile((await fetch(stage, `${server.url}/a.csv`)).path, 'utf8'), CSV);
    await failsWith('SRC_ENCODING', fetch(stage, `${server.url}/lie.csv`));
    await failsWith('SRC_INCOMPLETE', fetch(stage, `${server.url}/cut.csv`));
    await failsWith('SRC_ENCODING', fetch(stage, `${server.url}/bomb.csv`));
    assert.deepEqual(await readdir(stage.destination), ['a.csv']);
  });

  it('fault 24: follows redirects within limits', async () => {
    await using server = await serve((request, response) => {
      const to: Record<string, string> = {
        '/moved.csv': '/a.csv',
        '/loop.csv': '/loop.csv',
        '/metadata.csv': 'http://169.254.169.254/latest/meta-data',
        '/file.csv': 'file:///etc/passwd',
      };
      const location = to[request.url ?? ''];
      if (location !== undefined) response.writeHead(302, { location }).end();
      else response.end(CSV);
    });
    await using stage = await scene();
    const moved = await fetch(stage, `${server.url}/moved.csv`);
    assert.equal(moved.facts.final_url, `${server.url}/a.csv`);
    assert.equal(moved.filename, 'moved.csv');
    const before = server.requests.length;
    await failsWith('SRC_REDIRECT_REFUSED', fetch(stage, `${server.url}/loop.csv`));
    assert.equal(server.requests.length - before, 11, 'the first request and ten redirects');
    const metadata = await failsWith('SRC_REDIRECT_REFUSED', fetch(stage, `${server.url}/metadata.csv`));
    assert.match(metadata.message, /link-local address 169\.254\.169\.254/);
    assert.match((await failsWith('SRC_REDIRECT_REFUSED', fetch(stage, `${server.url}/file.csv`))).message, /file:/);
  });

  it('fault 25: an expired certificate is refused, not gone round', async () => {
    const pem = await readFile(new URL('expired-certificate.pem', import.meta.url), 'utf8');
    await using server = await serve(
      (_request, response) => void response.end(CSV),
      () => https.createServer({ key: pem, cert: pem }),
    );
    await using stage = await scene();
    const error = await failsWith('SRC_TLS', fetch(stage, `https://127.0.0.1:${server.port}/a.csv`));
    assert.match(error.message, /127\.0\.0\.1:\d+ cannot be trusted: certificate has expired/);
    assert.equal(server.requests.length, 0);
  });

  it('fault 26: a declared checksum is held to, from header or template', async () => {
    await using server = await serve((request, response) => {
      const content = request.url === '/bad.csv' ? 'something else' : CSV;
      response.setHeader('repr-digest', `sha-256=:${createHash('sha256').update(content).digest('base64')}:`);
      response.end(CSV);
    });
    await using stage = await scene();
    await fetch(stage, `${server.url}/a.csv`, { sha256: createHash('sha256').update(CSV).digest('hex') });
    await failsWith('SRC_CHECKSUM', fetch(stage, `${server.url}/bad.csv`));
    const error = await failsWith('SRC_CHECKSUM', fetch(stage, `${server.url}/a.csv`, { md5: '0'.repeat(32) }));
    assert.match(error.message, /the template's md5/);
    await failsWith('SRC_ARGUMENTS', fetch(stage, `${server.url}/a.csv`, { sha256: 'xyz' }));
  });

  it('fault 31: uses the proxy of the environment, and NO_PROXY', async () => {
    await using target = await serve((_request, response) => void response.end(CSV));
    await using proxy = await serve((_request, response) => void response.end('via,proxy\n1,2\n'));
    const env = { HTTP_PROXY: proxy.url };
    await using stage = await scene({ env });
    const viaProxy = await fetch(stage, `${target.url}/a.csv`);
    assert.equal(await readFile(viaProxy.path, 'utf8'), 'via,proxy\n1,2\n');
    assert.equal(proxy.requests[0]?.url, `${target.url}/a.csv`);
    await using direct = await scene({ env: { ...env, NO_PROXY: '127.0.0.1' } });
    assert.equal(await readFile((await fetch(direct, `${target.url}/a.csv`)).path, 'utf8'), CSV);
    assert.equal(proxy.requests.length, 1);
  });

  it('fault 31: goes through the proxy to https, and its certificate is still checked', async () => {
    const pem = await readFile(new URL('expired-certificate.pem', import.meta.url), 'utf8');
    await using target = await serve(
      (_request, response) => void response.end(CSV),
      () => https.createServer({ key: pem, cert: pem }),
    );
    const tunnels: string[] = [];
    await using proxy = await serve(
      (_request, response) => void response.end(),
      () =>
        http.createServer().on('connect', (request, socket) => {
          tunnels.push(request.url ?? '');
          const upstream = net.connect(target.port, '127.0.0.1', () => {
            socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
            upstream.pipe(socket).pipe(upstream);
          });
          upstream.on('error', () => {});
          socket.on('error', () => {});
        }),
    );
    await using stage = await scene({ env: { https_proxy: proxy.url } });
    await failsWith('SRC_TLS', fetch(stage, `https://127.0.0.1:${target.port}/a.csv`));
    assert.deepEqual(tunnels, [`127.0.0.1:${target.port}`]);
  });

  it('fault 32: without a network the message names the host', async () => {
    await using stage = await scene({ policy: { attempts: 1 } });
    const unknown = await failsWith('SRC_UNREACHABLE', fetch(stage, 'http://no-such-host.invalid/a.csv'));
    assert.match(unknown.message, /^no-such-host\.invalid: /);
    const unused = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => unused.once('listening', resolve));
    const { port } = unused.address() as AddressInfo;
    await new Promise((resolve) => unused.close(resolve));
    const refused = await failsWith('SRC_UNREACHABLE', fetch(stage, `http://127.0.0.1:${port}/a.csv`));
    assert.match(refused.message, new RegExp(`^127\\.0\\.0\\.1:${port}: the connection was refused`));
  });

  it('sends credentials of the URL as a header and shows them nowhere', async () => {
    await using other = await serve((_request, response) => void response.writeHead(401).end('bad swordfish'));
    await using server = await serve((request, response) => {
      if (request.url === '/elsewhere.csv') response.writeHead(302, { location: `${other.url}/a.csv` }).end();
      else if (request.url === '/no.csv') response.writeHead(401).end('bad password swordfish');
      else response.end(CSV);
    });
    await using stage = await scene();
    const url = (path: string) => `http://user:swordfish@127.0.0.1:${server.port}${path}`;
    const fetched = await fetch(stage, `${url('/a.csv')}?token=opensesame`);
    assert.equal(server.requests[0]?.headers.authorization, `Basic ${btoa('user:swordfish')}`);
    const refused = await failsWith('SRC_HTTP_STATUS', fetch(stage, url('/no.csv')));
    await failsWith('SRC_HTTP_STATUS', fetch(stage, url('/elsewhere.csv')));
    assert.equal(other.requests[0]?.headers.authorization, undefined, 'not passed on to another host');
    const wrong = await failsWith('SRC_ARGUMENTS', fetch(stage, 'ftp://user:swordfish@example.org/a.csv'));
    const broken = await failsWith('SRC_ARGUMENTS', fetch(stage, 'http://user:swordfish@exa mple/a.csv'));
    const messages = [refused, wrong, broken].map(({ message, details }) => [message, details]);
    const everything = JSON.stringify([fetched, messages, stage.logged]);
    assert.doesNotMatch(everything, /swordfish|opensesame/);
  });

  it('stops at once when told to, and leaves nothing', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('a');
    });
    await using stage = await scene({ policy: {} });
    const reason = new Error('told to stop');
    setTimeout(() => stage.controller.abort(reason), 100);
    await assert.rejects(fetch(stage, `${server.url}/a.csv`), reason);
    assert.deepEqual(await readdir(stage.destination), []);
  });

  it('fault 4: an unwritable destination is told as such', async () => {
    await using server = await serve((_request, response) => void response.end(CSV));
    await using stage = await scene({ destination: '/proc/nowhere' });
    await failsWith('STO_WRITE_FAILED', fetch(stage, `${server.url}/a.csv`));
  });

  it('refuses an unknown field of LIFECYCLE_TRANSFER by name', async () => {
    await using stage = await scene({ env: { LIFECYCLE_TRANSFER: 'atempts=3' } });
    assert.match((await failsWith('LIF_BAD_SETTING', fetch(stage, 'http://127.0.0.1:9/a.csv'))).message, /atempts/);
    await using wrong = await scene({ env: { LIFECYCLE_TRANSFER: 'attempts=0' }, policy: {} });
    assert.match((await failsWith('LIF_BAD_SETTING', fetch(wrong, 'http://127.0.0.1:9/a.csv'))).message, /attempts/);
  });
});

it('what a host asks for comes from its Airflow connection, and goes to that host alone', async () => {
  await using elsewhere = await serve((_, response) => response.end('a,b\n1,2\n'));
  await using server = await serve((_, response) => {
    response.writeHead(302, { location: `${elsewhere.url.replace('127.0.0.1', 'localhost')}/x.csv` }).end();
  });
  const connection = {
    login: 'me',
    password: 'of-the-connection',
    extra: { headers: { 'x-key': 'header-of-connection' }, query: { k: 'query-of-connection' } },
  };
  await using place = await scene({ env: { AIRFLOW_CONN_LIFECYCLE_HTTP_127_0_0_1: JSON.stringify(connection) } });
  const args = { key: `${server.url}/x.csv?a=1` };
  const fetched = await connector.fetch(args, place.destination, place.context);
  const [asked] = server.requests;
  assert.equal(asked?.url, '/x.csv?a=1&k=query-of-connection');
  assert.equal(asked.headers.authorization, `Basic ${btoa('me:of-the-connection')}`);
  assert.equal(asked.headers['x-key'], 'header-of-connection');
  const [followed] = elsewhere.requests;
  assert.equal(followed?.headers.authorization ?? followed?.headers['x-key'], undefined);
  assert.doesNotMatch(JSON.stringify(maskOutputData(fetched.facts)), /of-connection|of-the-connection/);
});
