/** Work that several ask for at the same time is done once for all of them. */
export class Once<T> {
  readonly #running = new Map<string, { result: Promise<T>; askers: number; stop: AbortController }>();

  /**
   * @param key what names the work
   * @param work is told to stop when the last of those who asked has given up
   * @throws what `work` throws; the signal's reason, at once
   */
  async ask(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const mine = this.#running.get(key) ?? this.#begin(key, work);
    mine.askers++;
    let giveUp = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([mine.result, givenUp]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      mine.askers--;
      if (mine.askers === 0) {
        if (this.#running.get(key) === mine) this.#running.delete(key);
        mine.stop.abort();
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>) {
    const stop = new AbortController();
    const begun = { result: work(stop.signal), askers: 0, stop };
    // Whoever still waits is told; nobody may be left who does.
    begun.result.catch(() => {});
    this.#running.set(key, begun);
    return begun;
  }
}
