import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ServedProject } from './project.ts';

const CHANGES = [
  { address: '/api/assets/ingest/nyc_boroughs/latest', method: 'POST', body: { version: '16a' } },
  { address: '/api/assets/ingest/nyc_boroughs/versions/16a', method: 'DELETE' },
];

async function page(served: ServedProject): Promise<string> {
  const dir = path.join(served.dir, 'page');
  await mkdir(path.join(dir, 'assets'), { recursive: true });
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Versions</title>');
  await writeFile(path.join(dir, 'assets', 'index-Dx3k9aBc.js'), 'document.title');
  await writeFile(path.join(dir, 'airflow.css'), 'p {}');
  await writeFile(path.join(served.dir, 'secret.txt'), 'a secret beside the page');
  return dir;
}

test('who may ask a server that stands alone', async (t) => {
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'nyc_boroughs', '16a');
  const printed = await served.start('--page', await page(served));
  const { port, token } = served;
  const own = `127.0.0.1:${port}`;
  const cookie = `lifecycle_${port}=${token}`;

  await t.test('nobody without the token, whatever is asked', async () => {
    const reads = ['/api/assets', '/api/openapi.json', '/api/rows?ref=nyc_boroughs@16a', '/api/nothing'];
    const asked = [...reads.map((address) => ({ address, method: 'GET', body: undefined })), ...CHANGES];
    for (const { address, ...asking } of asked) {
      for (const headers of [
        {},
        { authorization: 'Bearer x' },
        { authorization: token },
        { authorization: `Bearer ${token}x` },
        { cookie: `lifecycle_${port}=x` },
        { cookie: `lifecycle_${port + 1}=${token}` },
      ]) {
        const { status, json } = await served.ask(address, { ...asking, headers: headers as Record<string, string> });
        assert.equal(status, 401, `${address} with ${JSON.stringify(headers)}`);
        assert.match(json.error.hint, /lifecycle serve/);
      }
    }
    assert.deepEqual(await readdir(path.join(served.store, 'ingest', 'nyc_boroughs')), ['16a', 'latest']);
  });

  await t.test('the printed address becomes a cookie, and loses the token', async () => {
    const { pathname, search } = new URL(printed);
    const first = await served.ask(pathname + search, { headers: {} });
    assert.equal(first.status, 303);
    assert.equal(first.headers.location, './');
    assert.deepEqual(first.headers['set-cookie'], [`${cookie}; HttpOnly; SameSite=Strict; Path=/`]);
    assert.equal((await served.ask('/api/assets', { headers: { cookie: `other=1; ${cookie}` } })).status, 200);
    assert.equal((await served.ask('/?token=x', { headers: {} })).headers['set-cookie'], undefined);
  });

  await t.test('a name that leads here by somebody else is refused, also with the token', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `x.localhost:${port}`,
    ]) {
      const shown = { host, authorization: `Bearer ${token}` };
      for (const address of ['/api/assets', '/', `/?token=${token}`]) {
        const { status, headers } = await served.ask(address, { headers: shown });
        assert.equal(status, 421, `${host}${address}`);
        assert.equal(headers['set-cookie'], undefined);
      }
    }
    assert.equal((await served.ask('/api/assets', { headers: { host: `localhost:${port}`, cookie } })).status, 200);
  });

  await t.test('a page of another server of this machine may not ask with the cookie', async () => {
    for (const headers of [
      { cookie, 'sec-fetch-site': 'same-site' },
      { cookie, 'sec-fetch-site': 'cross-site' },
      { cookie, origin: 'http://127.0.0.1:1' },
      { cookie, origin: 'null' },
    ] as Record<string, string>[]) {
      for (const { address, ...asking } of [...CHANGES, { address: '/api/assets', method: 'GET', body: undefined }]) {
        const { status } = await served.ask(address, { ...asking, headers: { host: own, ...headers } });
        assert.equal(status, 403, `${address} with ${JSON.stringify(headers)}`);
      }
    }
    const preflight = await served.ask(CHANGES[1]!.address, {
      method: 'OPTIONS',
      headers: { origin: 'http://127.0.0.1:1', 'access-control-request-method': 'DELETE' },
    });
    assert.ok(preflight.status >= 400);
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
    const itself = { cookie, 'sec-fetch-site': 'same-origin', origin: `http://${own}` };
    assert.equal((await served.ask('/api/assets', { headers: itself })).status, 200);
  });

  await t.test('the page and its files, and none beside them', async () => {
    const index = await served.ask('/', { headers: {} });
    assert.equal(index.status, 200);
    assert.match(index.headers['content-type']!, /^text\/html/);
    assert.match(String(index.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(index.headers['cache-control'], 'no-cache');
    const script = await served.ask('/assets/index-Dx3k9aBc.js', { headers: {} });
    assert.match(script.headers['content-type']!, /^text\/javascript/);
    assert.match(script.headers['cache-control']!, /immutable/);
    assert.equal(script.headers['x-content-type-options'], 'nosniff');
    for (const tried of ['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '//secret.txt']) {
      const { status, bytes } = await served.ask(tried, { headers: {} });
      assert.equal(status, 401, tried);
      assert.ok(!bytes.includes('a secret'));
    }
  });

  await t.test('the document of the API is one, and knows every route', async () => {
    const { json } = await served.ask('/api/openapi.json');
    assert.match(json.openapi, /^3\./);
    const known = Object.entries(json.paths as Record<string, object>).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method} ${route}`),
    );
    assert.deepEqual(known.toSorted(), [
      'delete /api/assets/{kind}/{id}/versions/{key}',
      'get /api/assets',
      'get /api/assets/builds/{id}/readiness',
      'get /api/assets/{kind}/{id}',
      'get /api/assets/{kind}/{id}/versions/{key}',
      'get /api/diff',
      'get /api/diff/tiles',
      'get /api/diff/tiles/{z}/{x}/{y}',
      'get /api/files/{kind}/{id}/{key}/{*}',
      'get /api/lineage/{kind}/{id}',
      'get /api/profile',
      'get /api/rows',
      'get /api/session',
      'get /api/tiles',
      'get /api/tiles/{z}/{x}/{y}',
      'post /api/assets/ingest/{id}/latest',
      'post /api/assets/ingest/{id}/versions/{key}/release',
    ]);
    for (const [route, methods] of Object.entries(json.paths as Record<string, Record<string, Route>>)) {
      const named = [...route.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      for (const { parameters = [], responses } of Object.values(methods)) {
        const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
        assert.deepEqual(inPath.toSorted(), named.toSorted(), route);
        assert.ok(Object.keys(responses).length > 0, route);
      }
    }
    const refs = [...JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) => ref!.split('/'));
    for (const ref of refs)
      assert.ok(
        ref.reduce((at, name) => at?.[name], json),
        ref.join('/'),
      );
  });
});

interface Route {
  parameters?: { in: string; name: string }[];
  responses: object;
}

test('on a socket that its user alone may open', async (t) => {
  const served = await ServedProject.make(t);
  const socketPath = path.join(served.dir, 'page.sock');
  assert.equal(await served.start('--socket', socketPath), socketPath);
  assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
  assert.equal((await served.ask('/api/assets', { socketPath })).json.airflow, true);
  assert.equal((await served.ask('/api/assets', { socketPath, headers: {} })).status, 401);
  // No browser reaches it, so neither address nor cookie makes a guest.
  const cookie = `lifecycle_0=${served.token}`;
  assert.equal((await served.ask('/api/assets', { socketPath, headers: { cookie } })).status, 401);
  assert.equal((await served.ask(`/api/assets?token=${served.token}`, { socketPath, headers: {} })).status, 401);

  await assert.rejects(served.lifecycle('serve', '--socket', socketPath), /cannot be listened on/);
  assert.equal((await served.ask('/api/assets', { socketPath })).status, 200, 'the first is none the worse');

  const killed = served.server!;
  killed.kill('SIGKILL');
  await new Promise((resolve) => killed.once('exit', resolve));
  await served.start('--socket', socketPath);
  assert.equal((await served.ask('/api/assets', { socketPath })).status, 200, 'what a killed one left is no hindrance');
  await served.stop();
  await assert.rejects(stat(socketPath), { code: 'ENOENT' });
});
