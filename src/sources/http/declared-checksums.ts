import type { IncomingHttpHeaders } from 'node:http';
import type { ChecksumAlgorithm, DeclaredChecksum } from '../transfer/checksum.ts';

const LENGTHS: Record<ChecksumAlgorithm, number> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };
/** The names that RFC 3230 and RFC 9530 use. */
const DIGEST_NAMES: Record<string, ChecksumAlgorithm> = {
  md5: 'md5',
  sha: 'sha1',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
};

/** The checksums that headers declare for the bytes as sent; those that make no sense are left out. */
export function declaredChecksums(headers: IncomingHttpHeaders): DeclaredChecksum[] {
  const found: DeclaredChecksum[] = [];
  const add = (algorithm: ChecksumAlgorithm, base64: string, by: string) => {
    // Of an object that was uploaded in parts S3 gives the checksum of their checksums, with `-3` behind it.
    if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return;
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
