import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { ERROR_CODES } from '../src/error-codes.ts';
import { INSTALLATION } from '../src/settings/settings.ts';
import { answerHere } from './here.ts';

const page = await readFile(path.join(INSTALLATION, 'docs', 'troubleshooting.md'), 'utf8');

/** The project that the page is about. The address of its server is known when that runs. */
const files = (address: string): Record<string, string> => {
  const template = (id: string, source: string, rest: string) =>
    `id: ${id}\nattributes: {name: ${id}}\ningestion:\n${rest}\n  source: ${source}\n  file_format: {type: csv}\n`;
  const people = '{type: local_file, path: data/people.csv}';
  const step = (text: string) => `  processing_steps: [${text}]`;
  return {
    'data/people.csv': 'id,name,joined\n1,Ann,2024-01-05\n2,Bob,2024-13-05\n',
    'ingest_templates/people.yml': template('people', people, step('')),
    'ingest_templates/column.yml': template('column', people, step('{name: drop_columns, args: {columns: [nmae]}}')),
    'ingest_templates/value.yml': template(
      'value',
      people,
      step('{name: coerce_column_types, args: {column_types: {joined: date}}}'),
    ),
    'ingest_templates/crs.yml': template('crs', people, '  target_crs: EPSG:22633'),
    'ingest_templates/latin.yml': template('latin', '{type: local_file, path: data/latin.csv}', step('')),
    'ingest_templates/web.yml': template(
      'web',
      `{type: file_download, url: "http://${address}/{{ version }}.csv"}`,
      step(''),
    ),
    'products/products.yml': 'products: [{id: boroughs, build_command: "true"}]\n',
    'products/boroughs/recipe.yml': 'name: B\nproduct: boroughs\ninputs: {datasets: [{id: people, version: "2025"}]}\n',
  };
};

async function serve(t: TestContext): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const isLogin = url.includes('login');
    response.statusCode = isLogin ? 200 : url.includes('forbidden') ? 403 : 404;
    if (isLogin) response.setHeader('content-type', 'text/html');
    response.end(isLogin ? '<!doctype html><html><body>Please log in</body></html>' : 'no');
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the command says on both streams. */
async function said(dir: string, args: readonly string[]): Promise<string> {
  const { AWS_ACCESS_KEY_ID: _, AWS_S3_ENDPOINT: __, LIFECYCLE_HOME: ___, ...env } = process.env;
  const { stdout, stderr } = await answerHere(args, { cwd: dir, env });
  return stdout + stderr;
}

test('what the page of troubles shows is what the program says', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-troubles-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const address = await serve(t);
  for (const [name, text] of Object.entries(files(address))) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), text);
  }
  await writeFile(path.join(dir, 'data', 'latin.csv'), Buffer.from('id,name\n1,Jos\xe9\n', 'latin1'));
  assert.match(await said(dir, ['ingest', 'people', '2026']), /people@2026: published/);
  await writeFile(path.join(dir, 'data', 'people.csv'), `${files(address)['data/people.csv']}3,Cy,2024-01-01\n`);

  const blocks = [...page.matchAll(/^```\n\$ lifecycle ([^\n]+)\n(.*?)^```/gms)];
  assert.ok(blocks.length >= 10);
  for (const [, command, shown] of blocks) {
    const told = (await said(dir, command!.split(' ')))
      .replaceAll(dir, '/data/project')
      .replaceAll(address, 'data.example.org');
    assert.ok(told.includes(shown!), `${command}:\n${told}`);
  }
});

test('every code on the page of troubles is one that there is', async () => {
  const setup = await readFile(path.join(INSTALLATION, 'bin', 'bootstrap.mjs'), 'utf8');
  for (const [code] of page.matchAll(/\b(?:SETUP|LIF|PRJ|ING|SRC|ENG|STO|BLD|AIR)_[A-Z_]+\b/g))
    assert.ok(code in ERROR_CODES || setup.includes(`'${code}'`), code);
});
