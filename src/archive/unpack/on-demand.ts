/** The decoders of our own, each loaded when the first file needs it: few do, and every start would pay for all. */

type Chunks = AsyncIterable<Buffer>;

export async function* bunzip2(packed: Chunks): AsyncGenerator<Buffer> {
  yield* (await import('./bzip2.ts')).bunzip2(packed);
}

export async function* unxz(packed: Chunks): AsyncGenerator<Buffer> {
  yield* (await import('./xz.ts')).unxz(packed);
}

export async function* unlzma(packed: Chunks, size: number): AsyncGenerator<Buffer> {
  yield* (await import('./lzma.ts')).unlzma(packed, size);
}

export async function* inflate64(packed: Chunks): AsyncGenerator<Buffer> {
  yield* (await import('./inflate64.ts')).inflate64(packed);
}
