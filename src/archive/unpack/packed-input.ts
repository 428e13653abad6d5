/** Packed bytes in pieces of any size, of which as many are kept as a decoder wants to have at hand. */
export class PackedInput {
  readonly #pieces: AsyncIterator<Buffer>;
  bytes: Buffer = Buffer.alloc(0);
  /** Of the next byte in `bytes`. */
  position = 0;
  #hasEnded = false;

  constructor(packed: AsyncIterable<Buffer>) {
    this.#pieces = packed[Symbol.asyncIterator]();
  }

  get available(): number {
    return this.bytes.length - this.position;
  }

  /** Waits for so many bytes; false where the file ends before. */
  async has(count: number): Promise<boolean> {
    if (this.available >= count) return true;
    const pieces = [this.bytes.subarray(this.position)];
    let length = pieces[0]!.length;
    while (length < count && !this.#hasEnded) {
      const { value, done } = await this.#pieces.next();
      if (done) this.#hasEnded = true;
      else {
        pieces.push(value);
        length += value.length;
      }
    }
    this.bytes = Buffer.concat(pieces);
    this.position = 0;
    return length >= count;
  }

  /** @throws Error where the file ends before */
  async take(count: number): Promise<Buffer> {
    if (!(await this.has(count))) throw new Error('it is cut off');
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  /** To be called where nobody wants the rest. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
