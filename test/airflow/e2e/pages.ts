import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readSecrets } from '../../../src/airflow/secrets.ts';
import { lifecycle } from '../server-fixture.ts';
import { server } from './served.ts';

/** What the server shows before anything has run. */
export function pages(): void {
  test('fault 72: every DAG is there and none has an import error', async () => {
    assert.deepEqual(await server.client.importErrors(), []);
    const dags = await server.client.dags();
    assert.deepEqual(dags.map(({ dag_id }) => dag_id).sort(), [
      ...['build_boroughs', 'build_open_data_report'],
      ...['borough_tables', 'endless', 'libraries', 'library_visits', 'nyc_boroughs', 'parks', 'tree_survey'].map(
        (id) => `ingest_${id}`,
      ),
    ]);
    assert.ok(dags.every(({ tags }) => tags.every(({ name }) => name !== 'broken')));
  });

  test('the server keeps its secrets to its owner and listens on this machine only', async () => {
    for (const file of ['secrets.json', 'passwords.json', 'airflow.cfg']) {
      assert.equal((await stat(path.join(server.home, file))).mode & 0o077, 0, file);
    }
    assert.match(server.client.url, /^http:\/\/127\.0\.0\.1:/);
    const withoutLogin = await fetch(`${server.client.url}/api/v2/dags`);
    assert.equal(withoutLogin.status, 401);
  });

  test('status tells that all is well, and a second start says who holds the home', async () => {
    const status = await lifecycle(server.project, '--json', 'airflow', 'status');
    assert.equal(status.code, 0, status.stderr);
    const facts = JSON.parse(status.stdout) as { healthy: boolean; components: { name: string }[] };
    assert.equal(facts.healthy, true);
    assert.deepEqual(
      facts.components.map(({ name }) => name),
      ['postgres', 'api-server', 'scheduler', 'dag-processor', 'triggerer', 'serve'],
    );
    const second = await lifecycle(server.project, 'airflow', 'start');
    assert.equal(second.code, 75);
    assert.match(second.stderr, /AIR_BUSY/);
    assert.ok(second.stderr.includes(server.client.url) && second.stderr.includes(String(server.process.pid)));
  });

  test('a word from the middle of a name finds DAGs and assets in the pages, and programs get what they ask for', async () => {
    const { access_token } = (await (
      await fetch(`${server.client.url}/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password: (await readSecrets(server.home)).adminPassword }),
      })
    ).json()) as { access_token: string };
    const found = async (request: string, headers: Record<string, string>) => {
      const response = await fetch(`${server.client.url}${request}`, {
        headers: { authorization: `Bearer ${access_token}`, ...headers },
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as { total_entries: number }).total_entries;
    };
    const fromPage = { referer: `${server.client.url}/assets` };
    for (const [request, wanted] of [
      ['/api/v2/assets?name_prefix_pattern=boroughs', 2],
      ['/ui/dags?dag_display_name_prefix_pattern=borough', 3],
      ['/api/v2/dags?dag_display_name_prefix_pattern=Parks&limit=10', 1],
      ['/api/v2/dagTags?tag_name_prefix_pattern=ocal_f', 1],
    ] as const) {
      assert.equal(await found(request, fromPage), wanted, request);
    }
    assert.equal(await found('/api/v2/assets?name_prefix_pattern=boroughs', {}), 0);
  });
}
