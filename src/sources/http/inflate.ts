import { Transform, type TransformCallback } from 'node:stream';
import { createInflate, createInflateRaw, type Inflate, type InflateRaw } from 'node:zlib';

/** By its name, `deflate` has a header of zlib (RFC 9110, 8.4.1.2); many servers send it without. */
export function createAnyInflate(): Transform {
  let start = Buffer.alloc(0);
  let inner: Inflate | InflateRaw | undefined;
  const open = (outer: Transform) => {
    const headed = start.length > 1 && (start[0]! & 0x0f) === 8 && start.readUInt16BE(0) % 31 === 0;
    inner = headed ? createInflate() : createInflateRaw();
    inner.on('data', (chunk) => outer.push(chunk));
    inner.on('error', (error) => outer.destroy(error));
    return inner;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (inner) return void inner.write(chunk, () => done());
      start = Buffer.concat([start, chunk]);
      if (start.length < 2) return done();
      open(this).write(start, () => done());
    },
    flush(done) {
      (inner ?? open(this)).once('end', () => done()).end(inner ? undefined : start);
    },
  });
}
