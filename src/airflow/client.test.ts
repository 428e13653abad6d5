import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { AirflowClient, type Connection } from './client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Talks to a small server that answers as Airflow does. */
async function withServer(
  answer: Answer,
  work: (client: AirflowClient) => Promise<void>,
  connection: Partial<Connection> = { username: 'admin', password: 'secret' },
): Promise<void> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    answer(request, response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(
      new AirflowClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ...connection }),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const login = (request: IncomingMessage, response: ServerResponse, token = 'token'): boolean => {
  if (request.url !== '/auth/token') return false;
  send(response, 201, { access_token: token });
  return true;
};

async function failureOf(work: Promise<unknown>): Promise<LifecycleError> {
  const error = await work.then(
    () => assert.fail('no error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LifecycleError);
  return error;
}

test('logs in once, and again when the token has run out', async () => {
  let logins = 0;
  const answer: Answer = (request, response) => {
    if (request.url === '/auth/token') return void login(request, response, `token ${++logins}`);
    if (request.headers.authorization === 'Bearer token 2') return send(response, 200, { total_entries: 3, dags: [] });
    return send(response, 401, { detail: 'expired' });
  };
  await withServer(answer, async (client) => {
    assert.equal(await client.countDags(), 3);
    assert.equal(await client.countDags(), 3);
  });
  assert.equal(logins, 2);
});

test('a token that is given is used as it is', async () => {
  const seen: (string | undefined)[] = [];
  const answer: Answer = (request, response) => {
    seen.push(request.headers.authorization);
    send(response, 401, { detail: 'expired' });
  };
  await withServer(
    answer,
    async (client) => {
      assert.equal((await failureOf(client.countDags())).details?.status, 401);
    },
    { token: 'given' },
  );
  assert.deepEqual(seen, ['Bearer given']);
});

test('a wrong password is told apart, and never shown', async () => {
  await withServer(
    (_request, response) => send(response, 401, { detail: 'Invalid credentials' }),
    async (client) => {
      const error = await failureOf(client.countDags());
      assert.equal(error.code, 'AIR_REFUSED');
      assert.match(error.message, /refused the login of admin/);
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.details]), /secret/);
    },
  );
});

test("Airflow's reason is in the error, whatever its form", async () => {
  const bodies: [unknown, string][] = [
    [{ detail: 'no such DAG' }, 'no such DAG'],
    [{ detail: [{ msg: 'too short' }, { msg: 'not a date' }] }, 'too short; not a date'],
    [{ detail: { reason: 'Unique constraint violation' } }, '{"reason":"Unique constraint violation"}'],
    [{ other: 1 }, '{"other":1}'],
  ];
  for (const [body, explanation] of bodies) {
    await withServer(
      (request, response) => void (login(request, response) || send(response, 400, body)),
      async (client) => {
        const error = await failureOf(client.trigger('ingest_x', { partitionKey: '1' }));
        assert.deepEqual(error.details, { status: 400, explanation });
      },
    );
  }
});

test('a run is asked for with its key and params, its DAG escaped', async () => {
  const seen: unknown[] = [];
  const answer: Answer = (request, response, body) => {
    if (login(request, response)) return;
    seen.push([request.url, JSON.parse(body)]);
    send(response, 200, {});
  };
  await withServer(answer, async (client) => {
    await client.trigger('ingest_ü', { partitionKey: '24v1' });
    await client.trigger('ingest_x', { params: { versions: ['1'] } });
  });
  assert.deepEqual(seen, [
    ['/api/v2/dags/ingest_%C3%BC/dagRuns', { logical_date: null, partition_key: '24v1' }],
    ['/api/v2/dags/ingest_x/dagRuns', { logical_date: null, conf: { versions: ['1'] } }],
  ]);
});

test('lists are read page by page', async () => {
  const all = Array.from({ length: 225 }, (_, i) => ({ dag_id: `d${i}` }));
  const answer: Answer = (request, response) => {
    if (login(request, response)) return;
    const offset = Number(new URL(request.url!, 'http://x').searchParams.get('offset'));
    send(response, 200, { dags: all.slice(offset, offset + 100), total_entries: all.length });
  };
  await withServer(answer, async (client) => {
    assert.equal((await client.dags()).length, 225);
  });
});

test('nobody answers', async () => {
  const error = await failureOf(new AirflowClient({ url: 'http://127.0.0.1:1', token: 'x' }).countDags());
  assert.equal(error.code, 'AIR_UNREACHABLE');
  assert.match(error.hint ?? '', /lifecycle airflow start/);
});

test('an answer that breaks off, as of a server that is killed, is one that nobody gave', async () => {
  const halves: [string, Answer][] = [
    ['/auth/token', (_request, response) => void response.writeHead(201, { 'content-length': 100 }).write('{"acc')],
    [
      '/api/v2/dags',
      (request, response) => {
        if (!login(request, response)) response.writeHead(200, { 'content-length': 100 }).write('{"dags": [');
      },
    ],
  ];
  for (const [where, half] of halves) {
    const answer: Answer = (request, response, body) => {
      half(request, response, body);
      if (request.url!.startsWith(where)) setTimeout(() => response.destroy(), 50);
    };
    await withServer(answer, async (client) => {
      assert.equal((await failureOf(client.countDags())).code, 'AIR_UNREACHABLE');
    });
  }
});

test('what answers in the place of Airflow, such as the page of a proxy, is told apart', async () => {
  const page = (response: ServerResponse) => void response.writeHead(200).end('<html>please log in</html>');
  for (const answer of [
    (_request, response) => page(response),
    (request, response) => void (login(request, response) || page(response)),
  ] satisfies Answer[]) {
    await withServer(answer, async (client) => {
      const error = await failureOf(client.countDags());
      assert.equal(error.code, 'AIR_REFUSED');
      assert.match(error.message, /with no JSON: <html>please log in/);
    });
  }
});

test('of a run of hundreds of versions some logs are read, few at a time', async () => {
  let [now, most, read] = [0, 0, 0];
  const task = (i: number) => ({ task_id: 'each', map_index: i, rendered_map_index: `v${i}`, try_number: 1 });
  const tasks = Array.from({ length: 600 }, (_, i) => ({ ...task(i), state: i < 3 ? 'success' : 'failed' }));
  const answer: Answer = (request, response) => {
    if (login(request, response)) return;
    if (!request.url!.includes('/logs/')) {
      const offset = Number(new URL(request.url!, 'http://x').searchParams.get('offset'));
      return send(response, 200, { task_instances: tasks.slice(offset, offset + 100), total_entries: tasks.length });
    }
    most = Math.max(most, ++now);
    read++;
    setTimeout(() => {
      now--;
      send(response, 200, { content: [{ event: 'SRC_NOT_FOUND: none', level: 'error', logger: 'lifecycle' }] });
    }, 5);
  };
  await withServer(answer, async (client) => {
    const reasons = await client.reasons({ dag_id: 'ingest_x', dag_run_id: '600_versions' });
    assert.equal(reasons[0], 'each [v3]: SRC_NOT_FOUND: none');
    assert.equal(reasons.at(-1), `${597 - read} more: failed too; their logs in Airflow say why`);
    assert.equal(reasons.length, read + 1);
  });
  // The web server has fifteen connections to its database, and tasks need some.
  assert.ok(most <= 4, `${most} at a time`);
  assert.ok(read <= 30, `${read} logs`);
});
