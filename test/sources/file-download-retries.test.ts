import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { CSV, fetch } from './downloads.ts';
import { failsWith, type Handler, IMPATIENT, scene, serve } from './fixture.ts';

/** Serves `content` with ranges and a strong ETag, cutting the connection after `cut` bytes of every answer. */
function ranged(content: Buffer, cut: number, etag = '"v1"'): Handler {
  return (request, response) => {
    const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const from = match && request.headers['if-range'] === etag ? Number(match[1]) : 0;
    const rest = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      'accept-ranges': 'bytes',
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    if (rest.length <= cut) return response.end(rest);
    response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  };
}

describe('file_download, when the server fails', () => {
  it('fault 12: waits as Retry-After says, in seconds and as a date', async () => {
    await using server = await serve((_request, response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else if (count === 2) response.writeHead(503, { 'retry-after': new Date(Date.now() + 2000).toUTCString() }).end();
      else response.end(CSV);
    });
    await using stage = await scene();
    const start = performance.now();
    const { facts } = await fetch(stage, `${server.url}/a.csv`);
    assert.equal(facts.attempts, 3);
    assert.ok(performance.now() - start > 1900, 'waited for both');
  });

  it('fault 12: a Retry-After beyond the total time ends at once and says so', async () => {
    await using server = await serve(
      (_request, response) => void response.writeHead(429, { 'retry-after': '3600' }).end(),
    );
    await using stage = await scene();
    const start = performance.now();
    const error = await failsWith('SRC_HTTP_STATUS', fetch(stage, `${server.url}/a.csv`));
    assert.match(error.message, /asks to wait 3600/);
    assert.ok(performance.now() - start < 5_000);
  });

  it('fault 13: 500 twice, then 200', async () => {
    await using server = await serve((_request, response, count) => {
      if (count < 3) response.writeHead(500).end('{"message":"try later"}');
      else response.end(CSV);
    });
    await using stage = await scene();
    assert.equal((await fetch(stage, `${server.url}/a.csv`)).facts.attempts, 3);
    assert.match(
      stage.logged.find(({ level }) => level === 'warning')?.message ?? '',
      /500: \{"message":"try later"\}/,
    );
  });

  it('fault 14: 500 for ever ends after the attempts, or after the total time', async () => {
    await using server = await serve((_request, response) => void response.writeHead(500).end());
    await using stage = await scene();
    const error = await failsWith('SRC_HTTP_STATUS', fetch(stage, `${server.url}/a.csv`));
    assert.match(error.message, /answered 500; given up after 3 attempts/);
    assert.equal(server.requests.length, 3);
    await using hasty = await scene({ policy: { attempts: 1000, firstWaitMs: 100, waitFactor: 1, totalMs: 450 } });
    const start = performance.now();
    await assert.rejects(fetch(hasty, `${server.url}/a.csv`), { code: /^SRC_(?:HTTP_STATUS|TIMEOUT)$/ });
    assert.ok(performance.now() - start < 5_000);
    assert.deepEqual(await readdir(stage.destination), []);
  });

  it('a 404 is final', async () => {
    await using server = await serve((_request, response) => void response.writeHead(404).end());
    await using stage = await scene();
    await failsWith('SRC_HTTP_STATUS', fetch(stage, `${server.url}/a.csv`));
    assert.equal(server.requests.length, 1);
  });

  it('fault 15: a cut connection is resumed by Range and ETag; progress does not use up attempts', async () => {
    const content = randomBytes(500_000);
    await using server = await serve(ranged(content, 70_000));
    await using stage = await scene();
    const { path, facts } = await fetch(stage, `${server.url}/a.bin`);
    assert.deepEqual(await readFile(path), content);
    assert.ok(Number(facts.resumed) >= 5, `resumed ${facts.resumed}`);
    assert.equal(facts.sha256, createHash('sha256').update(content).digest('hex'));
  });

  it('fault 15: what changed in between is fetched from its start', async () => {
    const [first, second] = [randomBytes(200_000), randomBytes(150_000)];
    await using server = await serve((request, response, count, body) =>
      count === 1
        ? ranged(first, 90_000, '"v1"')(request, response, count, body)
        : ranged(second, 1_000_000, '"v2"')(request, response, count, body),
    );
    await using stage = await scene();
    const { path, facts } = await fetch(stage, `${server.url}/a.bin`);
    assert.deepEqual(await readFile(path), second);
    assert.equal(facts.resumed, undefined);
    assert.equal(server.requests[1]?.headers['if-range'], '"v1"');
  });

  it('fault 15: a refused or foreign part is not used', async () => {
    const content = randomBytes(200_000);
    for (const foreign of [true, false]) {
      await using server = await serve((request, response) => {
        if (request.headers.range !== undefined && foreign) {
          // Ignores If-Range and sends the part of another content.
          response.writeHead(206, { etag: '"v2"', 'content-range': 'bytes 50000-199999/200000' });
          return response.end(randomBytes(150_000));
        }
        if (request.headers.range !== undefined) return response.writeHead(416).end();
        response.writeHead(200, { etag: '"v1"', 'accept-ranges': 'bytes', 'content-length': content.length });
        if (server.requests.length > 1) return response.end(content);
        response.write(content.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
      });
      await using stage = await scene();
      assert.deepEqual(await readFile((await fetch(stage, `${server.url}/a.bin`)).path), content);
      assert.equal(server.requests.length, 3);
    }
  });

  it('fault 15: without a strong validator it starts over', async () => {
    const content = randomBytes(200_000);
    await using server = await serve((_request, response, count) => {
      response.writeHead(200, { etag: 'W/"weak"', 'content-length': content.length });
      if (count > 1) return response.end(content);
      response.write(content.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
    });
    await using stage = await scene();
    assert.deepEqual(await readFile((await fetch(stage, `${server.url}/a.bin`)).path), content);
    assert.equal(server.requests[1]?.headers.range, undefined);
  });

  it('fault 16: a body shorter than Content-Length is an error in the end', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write(CSV, () => setTimeout(() => response.socket?.end(), 10));
    });
    await using stage = await scene();
    const error = await failsWith('SRC_INCOMPLETE', fetch(stage, `${server.url}/a.csv`));
    assert.match(error.message, /127\.0\.0\.1:\d+ ended the body after 29 of 1000 bytes; given up after 3 attempts/);
    assert.deepEqual(await readdir(stage.destination), []);
  });

  it('fault 17: a chunked body that is cut is fetched again', async () => {
    await using server = await serve((_request, response, count) => {
      if (count > 1) return response.end(CSV);
      response.write(CSV.slice(0, 10), () => setTimeout(() => response.destroy(), 10));
    });
    await using stage = await scene();
    assert.equal(await readFile((await fetch(stage, `${server.url}/a.csv`)).path, 'utf8'), CSV);
  });

  it('fault 18: a trickle and a silence are both stalls', async () => {
    for (const trickle of [true, false]) {
      await using server = await serve((_request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('a');
        if (trickle) {
          const timer = setInterval(() => response.write('a'), 40);
          response.on('close', () => clearInterval(timer));
        }
      });
      await using stage = await scene({ policy: { ...IMPATIENT, idleMs: 150 } });
      const error = await failsWith('SRC_TIMEOUT', fetch(stage, `${server.url}/a.csv`));
      assert.match(error.message, /stalled/);
    }
  });

  it('no answer and no connection time out', async () => {
    await using silent = await serve(() => {});
    await using stage = await scene({ policy: { attempts: 1, answerMs: 100 } });
    assert.match((await failsWith('SRC_TIMEOUT', fetch(stage, `${silent.url}/a.csv`))).message, /no answer/);
    await using total = await scene({ policy: { attempts: 1, totalMs: 150 } });
    assert.match((await failsWith('SRC_TIMEOUT', fetch(total, `${silent.url}/a.csv`))).message, /in all/);
  });
});
