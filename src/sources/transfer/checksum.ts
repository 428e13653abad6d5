import { createHash, type Hash } from 'node:crypto';
import { LifecycleError } from '../../errors.ts';

export type ChecksumAlgorithm = 'sha256' | 'sha512' | 'sha1' | 'md5';

export interface DeclaredChecksum {
  algorithm: ChecksumAlgorithm;
  hex: string;
  /** Who declared it: the name of a header or of an argument. */
  by: string;
}

/** Hashes a file while it arrives; sha256 always, others when a checksum asks for them. */
export class RunningChecksums {
  readonly #declared: readonly DeclaredChecksum[];
  readonly #hashes = new Map<ChecksumAlgorithm, Hash>();

  constructor(declared: readonly DeclaredChecksum[]) {
    this.#declared = declared;
    for (const algorithm of new Set<ChecksumAlgorithm>(['sha256', ...declared.map((one) => one.algorithm)])) {
      this.#hashes.set(algorithm, createHash(algorithm));
    }
  }

  update(chunk: Buffer): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /**
   * Ends the hashing.
   * @returns the sha256 in hex
   * @throws LifecycleError SRC_CHECKSUM
   */
  verify(where: string): string {
    const results = new Map([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
    for (const { algorithm, hex, by } of this.#declared) {
      const actual = results.get(algorithm);
      if (actual === hex) continue;
      throw new LifecycleError(
        'SRC_CHECKSUM',
        `${where}: ${by} declares the ${algorithm} ${hex}, the content has ${actual}`,
        { hint: 'if the publisher confirms the new content, correct the declared checksum' },
      );
    }
    return results.get('sha256') ?? '';
  }
}
