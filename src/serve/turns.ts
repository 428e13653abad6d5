/** Work of which one runs at a time, since each may take all the memory that there is for one. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal work whose turn comes when nobody wants it any more is not begun */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const mine = this.#last
      .catch(() => {})
      .then(() => {
        signal.throwIfAborted();
        return work();
      });
    this.#last = mine;
    return mine;
  }
}
