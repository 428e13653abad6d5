import { LifecycleError } from '../errors.ts';
import { keyOf, optionalText, plainFilename } from './arguments.ts';
import { parseUrl } from './http/client.ts';
import { download } from './http/download.ts';
import { withHostCredentials } from './http/host-credentials.ts';
import type { SourceArguments, SourceConnector } from './source.ts';
import type { DeclaredChecksum } from './transfer/checksum.ts';

const HEX_LENGTHS = { md5: 32, sha256: 64 } as const;

/** The checksums that a template declares by `sha256` or `md5`. */
export function checksumArguments(args: SourceArguments, type: string): DeclaredChecksum[] {
  return (['sha256', 'md5'] as const).flatMap((algorithm) => {
    const hex = optionalText(args, algorithm, type)?.toLowerCase();
    if (hex === undefined) return [];
    if (!/^[0-9a-f]+$/.test(hex) || hex.length !== HEX_LENGTHS[algorithm]) {
      throw new LifecycleError('SRC_ARGUMENTS', `\`${algorithm}\` must be ${HEX_LENGTHS[algorithm]} hex digits`, {
        hint: `compute it with ${algorithm}sum`,
      });
    }
    return [{ algorithm, hex, by: `the template's ${algorithm}` }];
  });
}

/** A file at a URL. `api` is the same under another name: its answer is the file. */
export function webConnector(type: 'file_download' | 'api'): SourceConnector {
  return {
    type,
    async fetch(args, destination, context) {
      const url = keyOf(args, type);
      const filename = plainFilename(optionalText(args, 'filename', type) ?? parseUrl(url).pathname, type);
      const { url: target, request } = withHostCredentials(url, context.settings);
      const checksums = checksumArguments(args, type);
      return download(target, destination, filename, context, { ...request, checksums });
    },
  };
}

export const connector = webConnector('file_download');
