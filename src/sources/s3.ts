import { keyOf, optionalText, plainFilename, requiredText } from './arguments.ts';
import { checksumArguments } from './file-download.ts';
import { Bucket } from './s3/bucket.ts';
import type { SourceConnector } from './source.ts';

/** One object of a bucket. */
export const connector: SourceConnector = {
  type: 's3',
  async fetch(args, destination, context) {
    const key = keyOf(args, 's3').replace(/^\/+/, '');
    const filename = plainFilename(optionalText(args, 'filename', 's3') ?? key, 's3');
    return new Bucket(requiredText(args, 'bucket', 's3'), context).get(key, destination, filename, {
      checksums: checksumArguments(args, 's3'),
    });
  },
};
