import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LifecycleError } from '../../../errors.ts';

type Algorithm = 'sha256' | 'sha512' | 'sha1' | 'md5';
const LENGTHS: Record<Algorithm, number> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };
/** The names that RFC 3230 and RFC 9530 use. */
const DIGEST_NAMES: Record<string, Algorithm> = { md5: 'md5', sha: 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' };

export interface DeclaredChecksum {
  algorithm: Algorithm;
  hex: string;
  /** Who declared it: the name of a header or of an argument. */
  by: string;
}

/** The checksums that headers declare for the bytes as sent; those that make no sense are left out. */
export function declaredChecksums(headers: IncomingHttpHeaders): DeclaredChecksum[] {
  const found: DeclaredChecksum[] = [];
  const add = (algorithm: Algorithm, base64: string, by: string) => {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === LENGTHS[algorithm]) found.push({ algorithm, hex: bytes.toString('hex'), by });
  };
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  add('md5', text('content-md5'), 'Content-MD5');
  add('sha256', text('x-amz-checksum-sha256'), 'x-amz-checksum-sha256');
  for (const [header, name] of [
    ['digest', 'Digest'],
    ['repr-digest', 'Repr-Digest'],
  ] as const) {
    for (const entry of text(header).split(',')) {
      const [, label = '', value = ''] = /^\s*([A-Za-z0-9-]+)=:?([^:\s]+):?\s*$/.exec(entry) ?? [];
      const algorithm = DIGEST_NAMES[label.toLowerCase()];
      if (algorithm) add(algorithm, value, name);
    }
  }
  return found;
}

/** Hashes a file while it arrives; sha256 always, others when a checksum asks for them. */
export class RunningChecksums {
  readonly #hashes = new Map<Algorithm, Hash>();

  constructor(declared: readonly DeclaredChecksum[]) {
    this.#hashes.set('sha256', createHash('sha256'));
    for (const { algorithm } of declared) {
      if (!this.#hashes.has(algorithm)) this.#hashes.set(algorithm, createHash(algorithm));
    }
  }

  update(chunk: Buffer): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /**
   * @returns the sha256 in hex
   * @throws LifecycleError SRC_CHECKSUM
   */
  verify(declared: readonly DeclaredChecksum[], where: string): string {
    const results = new Map([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
    for (const { algorithm, hex, by } of declared) {
      const actual = results.get(algorithm);
      if (actual === undefined || actual === hex) continue;
      throw new LifecycleError(
        'SRC_CHECKSUM',
        `${where}: ${by} declares the ${algorithm} ${hex}, the content has ${actual}`,
        { hint: 'if the publisher confirms the new content, correct the declared checksum' },
      );
    }
    return results.get('sha256') ?? '';
  }
}
