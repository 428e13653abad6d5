import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Handler, type Scene, scene, serve } from './fixture.ts';

const CSV = 'id,name\n1,Astoria\n2,Flushing\n';

/** Answers every request with these bytes under this Content-Encoding. */
function encoded(encoding: string | string[], bytes: Buffer | string): Handler {
  return (_request, response) => {
    response.setHeader('content-encoding', encoding);
    response.writeHead(200, { 'content-length': Buffer.byteLength(bytes), etag: '"v1"' }).end(bytes);
  };
}

/** What is left of a download, as bytes. */
async function got(handler: Handler, filename = 'a.csv', type: 'file_download' | 's3' = 'file_download') {
  await using server = await serve(handler);
  await using stage: Scene = await scene({ env: { AWS_S3_ENDPOINT: server.url } });
  const connector = await connectorFor(type);
  const args =
    type === 's3' ? { bucket: 'edm-recipes', key: `inbox/${filename}` } : { url: `${server.url}/${filename}` };
  const started = performance.now();
  try {
    const { path } = await connector.fetch(args, stage.destination, stage.context);
    const warnings = stage.logged.filter(({ level }) => level === 'warning').map(({ message }) => message);
    return { content: await readFile(path), warnings, requests: server.requests };
  } catch (error) {
    assert.deepEqual(await readdir(stage.destination), []);
    throw error;
  } finally {
    assert.ok(performance.now() - started < 8_000, 'ends soon');
  }
}

/** As clients of S3 send an upload, and as some stores then keep it. */
function framed(content: Buffer, size: number, signature = ''): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}${signature}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from(`0${signature}\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`)]);
}

describe('Content-Encoding', () => {
  it('undoes every encoding that is in use, alone and stacked', async () => {
    const answers: [string | string[], Buffer][] = [
      ['gzip', gzipSync(CSV)],
      ['X-GZIP', gzipSync(CSV)],
      ['gzip', Buffer.concat([gzipSync(CSV.slice(0, 9)), gzipSync(CSV.slice(9))])],
      ['deflate', deflateSync(CSV)],
      ['deflate', deflateRawSync(CSV)],
      ['br', brotliCompressSync(CSV)],
      ['zstd', zstdCompressSync(CSV)],
      ['gzip, br', brotliCompressSync(gzipSync(CSV))],
      ['deflate , identity,gzip', gzipSync(deflateRawSync(CSV))],
      [['gzip', 'zstd'], zstdCompressSync(gzipSync(CSV))],
      ['aws-chunked,gzip', gzipSync(CSV)],
      ['gzip,UTF-8', gzipSync(CSV)],
    ];
    for (const [encoding, bytes] of answers) {
      assert.equal((await got(encoded(encoding, bytes))).content.toString(), CSV, String(encoding));
    }
  });

  it('takes the bytes as sent where the header names no encoding, and says so', async () => {
    for (const encoding of ['identity', '', ',', 'UTF-8', 'none', 'binary', 'text/csv', 'constructor', 'aws-chunked']) {
      const { content, warnings } = await got(encoded(encoding, CSV));
      assert.equal(content.toString(), CSV, encoding);
      const isNone = !['identity', '', ',', 'aws-chunked'].includes(encoding);
      assert.equal(
        warnings.some((text) => text.includes(`Content-Encoding: ${encoding.toLowerCase()}`)),
        isNone,
        encoding,
      );
    }
  });

  it('refuses at once what it cannot undo, naming it', async () => {
    for (const encoding of ['compress', 'gzip, xz', 'bzip2', 'lz4']) {
      const error = await failsWith('SRC_ENCODING', got(encoded(encoding, CSV)));
      assert.match(error.message, new RegExp(`packed by ${encoding.split(' ').at(-1)}, which is not supported`));
    }
  });

  it('an empty body is empty under every encoding', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'aws-chunked', 'UTF-8']) {
      await failsWith('SRC_EMPTY', got(encoded(encoding, '')));
    }
  });

  it('tells what is cut from what is something else, in each encoding', async () => {
    const whole = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
    for (const [encoding, pack] of Object.entries(whole)) {
      const bytes = pack(randomBytes(5_000));
      await failsWith('SRC_INCOMPLETE', got(encoded(encoding, bytes.subarray(0, 3_000))));
      await failsWith('SRC_ENCODING', got(encoded(encoding, `!${CSV.repeat(10)}`)));
    }
  });

  it('a .gz stays packed, be it sent as gzip or packed once more for the way', async () => {
    const packed = gzipSync(CSV.repeat(100));
    const large = gzipSync(randomBytes(400_000));
    for (const encoding of ['gzip', 'x-gzip', 'aws-chunked, gzip', 'UTF-8']) {
      assert.deepEqual((await got(encoded(encoding, packed), 'a.csv.gz')).content, packed, encoding);
      assert.deepEqual((await got(encoded(encoding, packed), 'a.csv.GZ', 's3')).content, packed, encoding);
    }
    assert.deepEqual((await got(encoded('gzip', large), 'a.csv.gz')).content, large);
    assert.deepEqual((await got(encoded('gzip', gzipSync(packed)), 'a.csv.gz')).content, packed);
    assert.deepEqual((await got(encoded('gzip, gzip', gzipSync(packed)), 'a.csv.gz')).content, packed);
    assert.deepEqual((await got(encoded('br', brotliCompressSync(packed)), 'a.csv.gz')).content, packed);
    const zstd = zstdCompressSync(CSV);
    assert.deepEqual((await got(encoded('zstd', zstd), 'a.csv.zst')).content, zstd);
    assert.deepEqual((await got(encoded('zstd', zstdCompressSync(zstd)), 'a.csv.zst')).content, zstd);
    assert.deepEqual((await got(encoded('bzip2', 'BZh9…'), 'a.csv.bz2')).content, Buffer.from('BZh9…'));
  });

  it('an object of S3 is unpacked where its name does not say that it is packed', async () => {
    assert.equal((await got(encoded('gzip', gzipSync(CSV)), 'a.csv', 's3')).content.toString(), CSV);
  });

  it('a large .gz in S3 is resumed, since its bytes are those on the way', async () => {
    const packed = gzipSync(randomBytes(300_000));
    const { content, requests } = await got(
      (request, response) => {
        const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const rest = packed.subarray(from);
        response.writeHead(from > 0 ? 206 : 200, {
          'content-encoding': 'gzip',
          etag: '"v1"',
          'content-length': rest.length,
          ...(from > 0 ? { 'content-range': `bytes ${from}-${packed.length - 1}/${packed.length}` } : {}),
        });
        if (from > 0) response.end(rest);
        else response.write(rest.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20));
      },
      'a.csv.gz',
      's3',
    );
    assert.deepEqual(content, packed);
    assert.match(requests[1]?.headers.range ?? '', /^bytes=\d+-$/);
  });

  it('takes out the frames of aws-chunked where the store has kept them', async () => {
    const content = Buffer.from(CSV.repeat(20_000));
    const signature = `;chunk-signature=${'0123456789abcdef'.repeat(4)}`;
    for (const sign of ['', signature]) {
      assert.deepEqual(
        (await got(encoded('aws-chunked', framed(content, 65_536, sign)), 'a.csv', 's3')).content,
        content,
      );
      assert.equal((await got(encoded('aws-chunked', framed(Buffer.from(CSV), 65_536, sign)))).content.toString(), CSV);
      await failsWith('SRC_ENCODING', got(encoded('aws-chunked', framed(content, 65_536, sign).subarray(0, 100_000))));
    }
    const packed = gzipSync(content);
    assert.deepEqual((await got(encoded('gzip, aws-chunked', framed(packed, 1_000, signature)))).content, content);
    assert.deepEqual((await got(encoded('gzip,aws-chunked', framed(packed, 1_000)), 'a.csv.gz', 's3')).content, packed);
  });

  it('reads the reason of an error that is packed', async () => {
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const error = await failsWith(
        'SRC_HTTP_STATUS',
        got((_request, response) => {
          response.writeHead(400, { 'content-encoding': encoding }).end(pack('{"message":"no such view: Café"}'));
        }),
      );
      assert.match(error.message, /answered 400: \{"message":"no such view: Café"\}/);
    }
  });

  it('does not wait for an error that never ends', async () => {
    await using server = await serve((_request, response) => void response.writeHead(404).write('not '));
    await using stage = await scene({ policy: { attempts: 1, idleMs: 100 } });
    const connector = await connectorFor('file_download');
    const started = performance.now();
    const args = { url: `${server.url}/a.csv` };
    const error = await failsWith('SRC_HTTP_STATUS', connector.fetch(args, stage.destination, stage.context));
    assert.match(error.message, /answered 404: not/);
    assert.ok(performance.now() - started < 5_000);
  });

  it('a checksum of checksums is none of the file', async () => {
    const composite = `${Buffer.alloc(32, 7).toString('base64')}-3`;
    const { content } = await got((_request, response) => {
      response.writeHead(200, { 'x-amz-checksum-sha256': composite }).end(CSV);
    });
    assert.equal(content.toString(), CSV);
  });

  it('does not take a column of numbers for frames', async () => {
    for (const text of ['a\r\n1\r\n2\r\n', '5\r\nabcde\r\n', '0\r\n', 'ab\r\n12\r\n', 'deadbeef\r\n1\r\n', '1\r\n']) {
      assert.equal((await got(encoded('aws-chunked', text))).content.toString(), text);
    }
  });
});
