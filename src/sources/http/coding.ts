import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { LifecycleError } from '../../errors.ts';
import { AttemptFailure } from '../transfer/retry.ts';
import { createAnyInflate } from './inflate.ts';

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createAnyInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
/** Encodings that change the bytes and that nothing here undoes. Any other name is a mistake and changes nothing. */
const NOT_UNDONE = new Set(
  'compress x-compress exi pack200-gzip dcb dcz bzip2 x-bzip2 bz2 xz x-xz lzma x-lzma lz4 snappy zip'.split(' '),
);
/** What objects in S3 are written with; most stores take the frames out and some keep them. */
const FRAMES = 'aws-chunked';
/** Encodings that are a file's own when its name ends like this. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  gz: ['gzip', 'x-gzip'],
  tgz: ['gzip', 'x-gzip'],
  zst: ['zstd'],
  br: ['br'],
  bz2: ['bzip2', 'x-bzip2', 'bz2'],
  xz: ['xz', 'x-xz'],
  z: ['compress', 'x-compress'],
};

function canUndo(name: string): boolean {
  return Object.hasOwn(DECODERS, name);
}

/** What has been done to a file's bytes before they were sent. */
export interface Coding {
  /** To be undone, in this order. */
  undo: readonly { name: string; decoder: () => Transform }[];
  /** The last of `undo` may as well be the packing that the file's name tells. */
  maybeOwn: boolean;
  /** Frames of aws-chunked may stand between the bytes. */
  framed: boolean;
  /** Names in Content-Encoding that stand for no encoding, such as `UTF-8`. */
  meaningless: readonly string[];
}

export interface CodedFile {
  /** The file's name; a `.gz` that is sent as gzip stays packed. */
  filename?: string | undefined;
  /** The source sends what it has stored and packs nothing by itself, as S3 does. */
  asStored?: boolean | undefined;
}

/**
 * What Content-Encoding says.
 * @throws AttemptFailure SRC_ENCODING for one that is known and cannot be undone
 */
export function codingOf(headers: IncomingHttpHeaders, host: string, file: CodedFile = {}): Coding {
  const names = (headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const framed = names.includes(FRAMES);
  // They stand in the order in which they were applied (RFC 9110, 8.4).
  const known = names.filter((name) => canUndo(name) || NOT_UNDONE.has(name));
  const ending = /\.([a-z0-9]+)$/i.exec(file.filename ?? '')?.[1]?.toLowerCase() ?? '';
  const own = Object.hasOwn(OWN, ending) ? (OWN[ending] ?? []) : [];
  const isOwn = own.includes(known[0] ?? '');
  if (isOwn && (file.asStored || !canUndo(known[0]!))) known.shift();
  const stuck = known.find((name) => !canUndo(name));
  if (stuck !== undefined) throw encodingTrouble(host, `the body is packed by ${stuck}, which is not supported`);
  return {
    undo: known.toReversed().map((name) => ({ name, decoder: DECODERS[name]! })),
    maybeOwn: isOwn && !file.asStored && known.length > 0,
    framed,
    meaningless: names.filter((name) => name !== FRAMES && !canUndo(name) && !NOT_UNDONE.has(name)),
  };
}

/** Whether the bytes on the wire are other than the bytes of the file; then no Range can be asked for. */
export function changesBytes({ undo, framed }: Coding): boolean {
  return framed || undo.length > 0;
}

export function encodingTrouble(host: string, what: string, cause?: unknown): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_ENCODING', `${host}: ${what}`, {
      hint: 'tell the owner of the source: its header Content-Encoding and the bytes that it sends must fit',
      cause,
    }),
    { passing: false },
  );
}
