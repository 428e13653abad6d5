import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { VENV } from '../../../test/ingest/project.ts';
import { casesOf } from '../../../test/second-part.ts';
import { bunzip2 } from './bzip2.ts';
import { unlzma } from './lzma.ts';
import { LzmaDecoder } from './lzma-decoder.ts';
import { unxz } from './xz.ts';

/** Files that Python's bz2 and lzma have packed. */

/** One Python packs everything: for each name of a content, an expression of `b`. */
function packAll(
  contents: Readonly<Record<string, Buffer>>,
  expressions: readonly (readonly [name: string, expression: string])[],
): Map<string, Buffer> {
  const script = `import base64, bz2, json, lzma, sys
given = json.load(sys.stdin)
contents = {name: base64.b64decode(text) for name, text in given['contents'].items()}
for name, expression in given['expressions']:
    b = contents[name]
    print(json.dumps([name + expression, base64.b64encode(eval(expression)).decode()]))`;
  const encoded = Object.entries(contents).map(([name, bytes]) => [name, bytes.toString('base64')]);
  const input = JSON.stringify({ contents: Object.fromEntries(encoded), expressions });
  const lines = execFileSync(path.join(VENV, 'bin/python'), ['-c', script], {
    input,
    maxBuffer: 2 ** 27,
    encoding: 'utf8',
  });
  const pairs = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, string]);
  return new Map(pairs.map(([key, text]) => [key, Buffer.from(text, 'base64')]));
}

/** In pieces of odd sizes, so that every part is cut somewhere. */
function pieces(bytes: Buffer, size = 777): Readable {
  const cut: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) cut.push(bytes.subarray(from, from + size));
  return Readable.from(cut);
}

async function all(unpacked: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of unpacked) parts.push(part);
  return Buffer.concat(parts);
}

let seed = 7;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) % below;
}

const words = Array.from({ length: 500 }, () =>
  Buffer.from(Array.from({ length: 1 + random(9) }, () => 97 + random(20))),
);
const text = (length: number) => {
  const parts: Buffer[] = [];
  for (let bytes = 0; bytes < length; ) {
    const word = words[random(words.length)]!;
    parts.push(word, Buffer.from(',\n '[random(3)]!));
    bytes += word.length + 1;
  }
  return Buffer.concat(parts);
};
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));
const runs = Buffer.concat(Array.from({ length: 800 }, () => Buffer.alloc(1 + random(600), random(4))));

const CONTENTS: Readonly<Record<string, Buffer>> = {
  'nothing at all': Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  'runs of every length': Buffer.concat([3, 4, 5, 258, 259, 260, 1000].map((n) => Buffer.alloc(n, n)).concat(runs)),
  text: text(60_000),
  noise: noise(80_000),
  zeros: Buffer.alloc(1_200_000),
  'all of it': Buffer.concat([text(90_000), noise(70_000), runs, Buffer.alloc(50_000), text(90_000)]),
};

const filters = (lc: number, lp: number, pb: number, size: number) =>
  `[{'id': lzma.FILTER_LZMA2, 'preset': 6, 'lc': ${lc}, 'lp': ${lp}, 'pb': ${pb}, 'dict_size': ${size}}]`;
const BZIP2 = ['bz2.compress(b, 1)', 'bz2.compress(b, 9)', 'bz2.compress(b[:99]) + bz2.compress(b[99:])'];
const XZ = [
  'lzma.compress(b)',
  'lzma.compress(b, preset=0, check=lzma.CHECK_SHA256)',
  `lzma.compress(b, check=lzma.CHECK_CRC32, filters=${filters(0, 2, 4, 4096)})`,
  `lzma.compress(b, check=lzma.CHECK_NONE, filters=${filters(4, 0, 0, 65_536)})`,
  'lzma.compress(b[:99]) + bytes(8) + lzma.compress(b[99:]) + bytes(4)',
];
/** As a zip has it. */
const LZMA = '(lambda alone: bytes([9, 4, 5, 0]) + alone[:5] + alone[13:])(lzma.compress(b, lzma.FORMAT_ALONE))';
const FILTERED = "lzma.compress(b, filters=[{'id': lzma.FILTER_X86}, {'id': lzma.FILTER_LZMA2}])";
const PACKED = packAll(CONTENTS, [
  ...Object.keys(CONTENTS).flatMap((name) => [...BZIP2, ...XZ, LZMA].map((expression) => [name, expression] as const)),
  ['one byte', FILTERED],
]);
const packed = (name: string, expression: string) => PACKED.get(name + expression)!;

for (const [name, contents] of Object.entries(CONTENTS)) {
  test(`${name} comes out of bzip2 as it went in`, async () => {
    for (const expression of BZIP2)
      assert.ok(contents.equals(await all(bunzip2(pieces(packed(name, expression))))), expression);
  });

  test(`${name} comes out of xz as it went in`, async () => {
    for (const expression of XZ)
      assert.ok(contents.equals(await all(unxz(pieces(packed(name, expression))))), expression);
  });

  test(`${name} comes out of LZMA, with a mark at its end and without`, async () => {
    const bytes = packed(name, LZMA);
    assert.ok(contents.equals(await all(unlzma(pieces(bytes), contents.length))));
    assert.ok(contents.equals(await all(unlzma(pieces(bytes), Number.POSITIVE_INFINITY))));
  });
}

test('what is cut off or damaged anywhere is refused, or is what it was', async (t) => {
  const damages = casesOf(t, 15, 40);
  const contents = CONTENTS.text!;
  for (const [expression, unpack] of [
    ['bz2.compress(b, 9)', bunzip2],
    ['lzma.compress(b)', unxz],
  ] as const) {
    const sound = packed('text', expression);
    for (const length of [0, 3, 11, 30, sound.length >> 1, sound.length - 13, sound.length - 1])
      await assert.rejects(all(unpack(pieces(sound.subarray(0, length)))), `${expression} of ${length} bytes`);
    for (let i = 0; i < damages; i++) {
      const damaged = Buffer.from(sound);
      damaged[random(damaged.length)]! ^= 1 << random(8);
      const outcome = await all(unpack(pieces(damaged))).catch((error: unknown) => error);
      assert.ok(outcome instanceof Error || contents.equals(outcome as Buffer), `${expression}, ${i}`);
    }
  }
});

test('windows beyond the memory that is allowed are refused, and so are filters for programs', async () => {
  assert.throws(() => new LzmaDecoder(2 ** 28), /memory/);
  const filtered = packed('one byte', FILTERED);
  await assert.rejects(all(unxz(pieces(filtered))), /filter/);
});
