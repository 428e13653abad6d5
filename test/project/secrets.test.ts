import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Outcome, Workbench } from '../builds/workbench.ts';
import { type Served, serve } from '../sources/fixture.ts';

/** Each is one kind of secret; none of them may be found in what is published or said. */
const SECRETS = {
  login: 'login-user-17',
  password: 'pw-of-url-17',
  query: 'query-token-17',
  dollar: 'app-token-17',
  signature: 'aws-signature-17',
  credential: 'AKIDEXAMPLE17AAA',
  encoded: 'encoded%20word-17',
  fragment: 'fragment-token-17',
  nested: 'nested-pw-17',
  header: 'header-value-17',
  bearer: 'bearer-value-17',
  body: 'body-password-17',
  pair: 'pair-value-17',
  numeric: '17171717171717',
  sftp: 'sftp-pw-17',
  sas: 'sas-sig-17',
  account: 'account+key/17==',
  step: 'step-api-key-17',
  database: 'database-pw-17',
  recipe: 'recipe-token-17',
  command: 'command-pw-17',
  product: 'product-key-17',
  environment: 'environment-secret-17',
} as const;

/** As they stand, decoded, encoded and in base64. */
function formsOf(secret: string): string[] {
  const plain = secret.replace('%20', ' ');
  return [
    ...new Set([secret, plain, encodeURIComponent(plain), Buffer.from(plain).toString('base64').replace(/=+$/, '')]),
  ];
}

function assertClean(text: string, where: string): void {
  for (const [kind, secret] of Object.entries(SECRETS)) {
    for (const form of formsOf(secret)) assert.ok(!text.includes(form), `${where} holds the ${kind}: ${form}`);
  }
}

async function assertCleanFiles(dir: string, isRaw: (name: string) => boolean): Promise<number> {
  let count = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || isRaw(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    assertClean((await readFile(file)).toString('latin1'), file);
    count += 1;
  }
  return count;
}

interface Project {
  bench: Workbench;
  server: Served;
  url: string;
}

/** A template whose source, steps and words are full of secrets, served by a server that asks for some of them. */
async function project(t: TestContext): Promise<Project> {
  const server = await serve((request, response) => {
    const authorized = request.headers.authorization === `Basic ${btoa(`${SECRETS.login}:${SECRETS.password}`)}`;
    if (!authorized || !request.url?.includes(SECRETS.query)) {
      response.writeHead(403).end(`the token ${SECRETS.query} with ${SECRETS.password} is not good`);
    } else if (request.url.startsWith('/first')) {
      response.writeHead(302, { location: `/second.csv?access_token=${SECRETS.query}&x=1` }).end();
    } else response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b\n1,x\n2,y\n');
  });
  t.after(() => server[Symbol.asyncDispose]());
  const bench = await Workbench.make(t);
  const S = SECRETS;
  const nested = encodeURIComponent(`https://me:${S.nested}@inner.example.org/?sig=${S.sas}&sv=2020`);
  const query = [
    `token=${S.query}`,
    `$$app_token=${S.dollar}`,
    `X-Amz-Signature=${S.signature}&X-Amz-Credential=${S.credential}`,
    `%61pi_key=${S.encoded}`,
    `next=${nested}`,
  ].join('&');
  const url = `http://${S.login}:${S.password}@127.0.0.1:${server.port}/first.csv?${query}#access_token=${S.fragment}`;
  const template = {
    id: 'full',
    attributes: {
      name: 'Full of secrets',
      description: `served with ${S.password}, see https://x:${S.nested}@wiki.example.org/`,
      url: `https://example.org/?key=${S.query}`,
      custom: {
        connection: `AccountName=a;AccountKey=${S.account};x=y`,
        note: `sftp://me:${S.sftp}@files.example.org/in`,
      },
    },
    ingestion: {
      source: {
        type: 'api',
        endpoint: url,
        filename: 'full.csv',
        headers: { 'X-Api-Key': S.header, Authorization: `Bearer ${S.bearer}`, Accept: '*/*' },
        body: {
          grant_type: 'password',
          password: S.body,
          lists: [['token', S.pair], { name: 'api_key', value: S.pair }],
        },
        options: [`{"client_secret": "${S.body}"}`, `curl -u me:${S.body} x`],
        auth: ['me', S.body],
        pin: { token: Number(S.numeric) },
      },
      file_format: { type: 'csv' },
      processing_steps: [{ name: 'rename_columns', args: { map: { a: 'token' } } }],
    },
  };
  await writeFile(path.join(bench.dir, 'ingest_templates', 'full.yml'), JSON.stringify(template, null, 1));
  await bench.product({
    id: 'p',
    env: { PRODUCT_API_KEY: S.product },
    command: `echo "$PRODUCT_API_KEY $RECIPE_TOKEN" | tee "$BUILD_OUTPUT_DIR/lengths" | wc -c; echo 'postgresql://me:${S.database}@db/x'`,
    recipe: `name: N
product: p
version: '1'
env:
  RECIPE_TOKEN: ${S.recipe}
  DATABASE_URL: postgresql://me:${S.database}@db.example.org/x
  FROM_ENVIRONMENT: 'a {{ BUILD_ENV_SECRET }}'
inputs:
  datasets:
  - id: full
    version: '1'
    custom: {url: 'https://me:${S.nested}@example.org/'}
stage_config:
  builds.build:
    commands:
    - name: last
      run: |
        printf '%s|%s|%s' "$RECIPE_TOKEN" "$DATABASE_URL" "$FROM_ENVIRONMENT" > "$BUILD_OUTPUT_DIR/../seen"
        export PGPASSWORD=${S.command}; echo "given $PGPASSWORD"; test "$PGPASSWORD" = "${S.command.slice(0, 4)}${S.command.slice(4)}"
        wc -c < "$BUILD_OUTPUT_DIR/../seen" > "$BUILD_OUTPUT_DIR/count"; rm "$BUILD_OUTPUT_DIR/../seen" "$BUILD_OUTPUT_DIR/lengths"
`,
  });
  return { bench, server, url };
}

test('fault 68: no secret of a project is published or said, and every one is used', {
  timeout: 300_000,
}, async (t) => {
  const { bench, server } = await project(t);
  const env = { BUILD_ENV_SECRET: SECRETS.environment, LIFECYCLE_TRANSFER: 'attempts=1' };
  const run = async (args: string[], expected = 0, extra: Record<string, string> = {}): Promise<Outcome> => {
    const outcome = await bench.run(args, { ...env, ...extra });
    const name = args.join(' ');
    assert.equal(outcome.code, expected, `${name}: ${outcome.stderr}${outcome.stdout}`);
    assertClean(outcome.stdout, `stdout of ${name}`);
    assertClean(outcome.stderr, `stderr of ${name}`);
    return outcome;
  };

  const checked = await run(['check']);
  const { findings } = JSON.parse((await run(['check', '--json'])).stdout) as {
    findings: { code: string; hint: string; place: { file: string; line: number; column: number } }[];
  };
  const secret = findings.filter(({ code }) => code === 'PRJ_SECRET');
  assert.ok(secret.length >= 20, checked.stdout);
  for (const { place, hint } of secret) assert.ok(place.line >= 1 && place.column >= 1 && hint.length > 20);
  // The place is that of the secret itself.
  const template = (await readFile(path.join(bench.dir, 'ingest_templates', 'full.yml'), 'utf8')).split('\n');
  const starts = secret
    .filter(({ place }) => place.file.endsWith('full.yml'))
    .map(({ place }) => template[place.line - 1]!.slice(place.column - 1));
  for (const each of [SECRETS.query, SECRETS.header, SECRETS.fragment, SECRETS.account]) {
    assert.ok(
      starts.some((text) => text.startsWith(each)),
      `no finding at ${each}`,
    );
  }

  await run(['ingest', 'full', '1', '--csv']);
  await run(['ingest', 'full', '1'], 0, { LIFECYCLE_DEBUG: '1', LIFECYCLE_LOG: 'json' });
  const used = server.requests.at(-2)!;
  assert.ok(used.url.includes(SECRETS.query) && used.url.includes(SECRETS.dollar));
  await run(['--json', 'show', 'full@1']);
  await run(['show', 'full']);
  await run(['--json', 'list']);
  await run(['plan', 'p', 'k', '--dry-run']);
  await run(['build', 'p', 'k']);
  assert.equal(
    Number(await bench.read('p', 'k', 'output/count')),
    [SECRETS.recipe, `postgresql://me:${SECRETS.database}@db.example.org/x`, `a ${SECRETS.environment}`].join('|')
      .length,
  );
  const again = await run(['build', 'p', 'k']);
  assert.match(again.stdout + again.stderr, /unchanged/);
  await run(['--json', 'show', 'p@k']);
  await run(['why', 'p', 'k']);
  await run(['airflow', 'manifest']);
  const seen = await assertCleanFiles(path.join(bench.dir, '.lifecycle'), () => false);
  assert.ok(seen >= 12, `${seen} files`);
  await assertCleanFiles(path.join(bench.dir, '.airflow'), () => false);
});

test('fault 68: a server that repeats a secret in its refusal is quoted without it', async (t) => {
  const { bench } = await project(t);
  const file = path.join(bench.dir, 'ingest_templates', 'full.yml');
  // The password is another one now, so that the server refuses and says so.
  await writeFile(file, (await readFile(file, 'utf8')).replace(`${SECRETS.password}@127`, 'wrong-word-17@127'));
  for (const format of ['text', 'json']) {
    const { code, stdout, stderr } = await bench.run(['--json', 'ingest', 'full', '1'], {
      LIFECYCLE_LOG: format,
      LIFECYCLE_DEBUG: '1',
      LIFECYCLE_TRANSFER: 'attempts=1',
      SOME_PASSWORD: SECRETS.password,
    });
    assert.equal(code, 1);
    assert.match(stderr, /is not good/);
    assertClean(stdout, `${format} stdout`);
    assertClean(stderr, `${format} stderr`);
  }
});

test('a new secret is the same definition, another source is another one', async (t) => {
  const { bench } = await project(t);
  await mkdir(path.join(bench.dir, 'data'), { recursive: true });
  await writeFile(path.join(bench.dir, 'data', 'a.csv'), 'a\n1\n');
  const lock = async (token: string, name: string) => {
    const source = { type: 'local_file', path: 'data/a.csv', note: `https://h/?token=${token}`, name };
    const template = { id: 'one', attributes: { name }, ingestion: { source, file_format: { type: 'csv' } } };
    await writeFile(path.join(bench.dir, 'ingest_templates', 'one.yml'), JSON.stringify(template));
    const { code, stderr } = await bench.run(['ingest', 'one', '1', '--overwrite']);
    assert.equal(code, 0, stderr);
    return readFile(path.join(bench.store, 'ingest', 'one', '1', 'definition.lock.json'), 'utf8');
  };
  const first = await lock('first-token', 'x');
  assert.match(first, /token=\*\*\*/);
  assert.equal(await lock('second-token', 'x'), first);
  assert.notEqual(await lock('second-token', 'y'), first);
});
