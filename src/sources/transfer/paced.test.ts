import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { paced } from './paced.ts';
import { DEFAULT_POLICY, type TransferPolicy } from './policy.ts';
import { AttemptFailure } from './retry.ts';

function paceOf(policy: Partial<TransferPolicy> = {}, promised?: number) {
  return {
    host: 'data.example',
    policy: { ...DEFAULT_POLICY, ...policy },
    signal: new AbortController().signal,
    promised,
  };
}

async function readAll(chunks: AsyncIterable<Buffer>, pauseMs = 0): Promise<{ bytes: number; error?: AttemptFailure }> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (pauseMs > 0) await sleep(pauseMs);
    }
    return { bytes };
  } catch (error) {
    assert.ok(error instanceof AttemptFailure, String(error));
    return { bytes, error };
  }
}

describe('paced', () => {
  it('gives what came before a cut, however late it is read', async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('id,name\n', () => response.socket?.end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const request = http.get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const chunks = paced(response, paceOf({}, 1000));
      if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
      const { bytes, error } = await readAll(chunks);
      assert.equal(bytes, 8);
      assert.match(error?.error.message ?? '', /ended the body after 8 of 1000 bytes/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('does not take a slow reader for a source that has stalled, and holds little of what it sends', async () => {
    const body = new PassThrough();
    const chunks = paced(body, paceOf({ idleMs: 40 }));
    let taken = 0;
    const feed = (async () => {
      for (; taken < 100; taken++) if (!body.write(Buffer.alloc(2 ** 16))) await once(body, 'drain');
      body.end();
    })();
    await sleep(20);
    assert.ok(taken < 25, `${taken} chunks taken before anyone reads`);
    const { bytes, error } = await readAll(chunks, 10);
    await feed;
    assert.equal(error, undefined);
    assert.equal(bytes, 100 * 2 ** 16);
  });

  it('takes a stream that is closed without an end for one that is cut', async () => {
    const body = new PassThrough();
    const chunks = paced(body, paceOf());
    body.write('abc', () => setImmediate(() => body.destroy()));
    const { bytes, error } = await readAll(chunks);
    assert.equal(bytes, 3);
    assert.equal(error?.error.code, 'SRC_INCOMPLETE');
    assert.equal(error?.passing, true);
  });
});
