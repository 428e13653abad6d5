import type { Masker } from '../masking/known.ts';

/** A line longer than this comes in pieces. */
const MAX_PIECE = 64 * 1024;

/** Takes a child's output as it arrives and gives it line by line, secrets masked. Text is bytes as `latin1`. */
export class OutputLines {
  readonly #masker: Masker;
  readonly #emit: (piece: string, endsLine: boolean) => void;
  #pending = '';

  constructor(masker: Masker, emit: (piece: string, endsLine: boolean) => void) {
    this.#masker = masker;
    this.#emit = emit;
  }

  add(chunk: Buffer): void {
    this.#pending += chunk.toString('latin1');
    let start = 0;
    for (let end = this.#pending.indexOf('\n', start); end !== -1; end = this.#pending.indexOf('\n', start)) {
      this.#emit(this.#masker.mask(this.#pending.slice(start, end)), true);
      start = end + 1;
    }
    this.#pending = this.#pending.slice(start);
    if (this.#pending.length > MAX_PIECE + this.#masker.longest) this.#emitPiece();
  }

  /** Of a line without an end, what cannot be part of a secret that is still to come. */
  #emitPiece(): void {
    const masked = this.#masker.mask(this.#pending);
    const keep = Math.min(this.#masker.longest, masked.length);
    this.#emit(masked.slice(0, masked.length - keep), false);
    this.#pending = masked.slice(masked.length - keep);
  }

  end(): void {
    if (this.#pending !== '') this.#emit(this.#masker.mask(this.#pending), true);
    this.#pending = '';
  }
}
