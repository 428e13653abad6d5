import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { inflate64 } from './inflate64.ts';

/** A repetition, or bytes as they are. */
type Piece = Buffer | { length: number; distance: number };

/** Packs by the fixed codes of Deflate64: lengths up to 65,538 and distances up to 65,536, as only this method has them. */
function packed(pieces: readonly Piece[]): Buffer {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  const code = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  const symbol = (value: number) => {
    if (value < 144) code(0x30 + value, 8);
    else if (value < 256) code(0x190 + value - 144, 9);
    else if (value < 280) code(value - 256, 7);
    else code(0xc0 + value - 280, 8);
  };
  put(1, 1);
  put(1, 2);
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) for (const byte of piece) symbol(byte);
    else {
      // The last code for lengths serves them all: 3 and 16 bits.
      symbol(285);
      put(piece.length - 3, 16);
      let at = 0;
      let base = 1;
      for (; base + 2 ** Math.max(0, (at >> 1) - 1) <= piece.distance; at++) base += 2 ** Math.max(0, (at >> 1) - 1);
      code(at, 5);
      put(piece.distance - base, Math.max(0, (at >> 1) - 1));
    }
  }
  symbol(256);
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3]! |= bit << (i & 7);
  return bytes;
}

function plain(pieces: readonly Piece[]): Buffer {
  const out: number[] = [];
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) out.push(...piece);
    else for (let i = 0; i < piece.length; i++) out.push(out[out.length - piece.distance]!);
  }
  return Buffer.from(out);
}

async function unpacked(bytes: Buffer, size = 2 ** 16): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
  for await (const chunk of inflate64(source)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('inflate64', () => {
  it('reads the lengths and distances that Deflate has not, however the bytes arrive', async () => {
    const start = randomBytes(1000);
    for (const pieces of [
      [start, { length: 65_538, distance: 1 }],
      [start, { length: 3, distance: 1000 }, { length: 65_538, distance: 500 }, { length: 300, distance: 65_536 }],
      [start, { length: 60_000, distance: 997 }, randomBytes(50), { length: 40_000, distance: 49_152 }],
      [start, { length: 65_000, distance: 7 }, { length: 9, distance: 49_153 }, { length: 11, distance: 65_535 }],
      [start, ...Array.from({ length: 10 }, (_, i) => ({ length: 65_538 - i, distance: 1 + i * 93 }))],
      [Buffer.from('a')],
      [],
    ] as Piece[][]) {
      for (const size of [2 ** 16, 7, 1]) assert.ok((await unpacked(packed(pieces), size)).equals(plain(pieces)));
    }
  });

  it('reads what Deflate packs too, as long as it repeats no 258 bytes at once', async () => {
    const rows = Array.from(
      { length: 10_000 },
      (_, i) => `${i},name ${(i * 7919) % 1000},${i % 3 ? 'Bronx' : 'Queens'}\n`,
    );
    for (const content of [Buffer.from(rows.join('')), randomBytes(70_000), Buffer.alloc(0)]) {
      for (const level of [0, 1, 9]) {
        for (const size of [2 ** 16, 777]) {
          assert.ok((await unpacked(deflateRawSync(content, { level }), size)).equals(content), `level ${level}`);
        }
      }
    }
  });

  it('refuses what is cut or broken, and never runs on', async () => {
    const whole = packed([Buffer.from('abcdefgh'), { length: 500, distance: 8 }]);
    for (let length = 0; length < whole.length; length++) {
      await assert.rejects(unpacked(whole.subarray(0, length)), /end too early|length of a block/, `cut at ${length}`);
    }
    await assert.rejects(unpacked(packed([Buffer.from('ab'), { length: 5, distance: 3 }])), /never there/);
    await assert.rejects(unpacked(Buffer.from([0x07, 0, 0])), /no known kind/);
    await assert.rejects(unpacked(Buffer.from([0x01, 5, 0, 5, 0])), /length of a block/);
    for (let round = 0; round < 300; round++) {
      await unpacked(randomBytes(2_000)).then(
        (bytes) => assert.ok(bytes.length < 50_000_000),
        (error: Error) => assert.match(error.message, /in it|end too early|that is none|never there|no known kind/),
      );
    }
  });
});
