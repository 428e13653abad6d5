import type { IncomingHttpHeaders } from 'node:http';
import { LifecycleError } from '../../errors.ts';
import { maskUrl } from '../../masking/urls.ts';
import type { Fetched, SourceContext } from '../source.ts';
import type { DeclaredChecksum } from '../transfer/checksum.ts';
import { AttemptFailure } from '../transfer/retry.ts';
import { type Opened, type Progress, transferFile } from '../transfer/transfer-file.ts';
import { chunksOf, promisedLength } from './body.ts';
import { type HttpAnswer, HttpClient, type HttpRequest, parseUrl } from './client.ts';
import { type CodedFile, type Coding, changesBytes, codingOf } from './coding.ts';
import { declaredChecksums } from './declared-checksums.ts';

interface DownloadOptions extends HttpRequest {
  /** A checksum that the template declares. */
  checksums?: readonly DeclaredChecksum[];
  /** The source packs nothing by itself, so that a file whose name tells its packing is packed once only. */
  asStored?: boolean;
}

/**
 * Downloads a URL into `destination/filename`.
 * @throws LifecycleError as transferFile
 */
export async function download(
  url: string,
  destination: string,
  filename: string,
  context: SourceContext,
  options: DownloadOptions = {},
): Promise<Fetched> {
  using client = new HttpClient(context);
  const { policy } = client;
  const { request, target } = withUrlCredentials(url, options);
  const shown = maskUrl(target);

  const open = async (progress: Progress, signal: AbortSignal): Promise<Opened> => {
    const { bytes: from, validator } = progress;
    const range: Record<string, string> =
      from > 0 && validator !== undefined ? { range: `bytes=${from}-`, 'if-range': validator } : {};
    const answer = await client.open(target, { ...request, headers: { ...request.headers, ...range } }, signal);
    const { headers, status, url: end } = answer;
    const continued = status === 206 && from > 0 && continues(headers, from, validator);
    if (!continued && status !== 200) {
      answer.body.destroy();
      // A part that does not fit on what we have, or none at all (416): from the start, then.
      if (from > 0) return open({ bytes: 0, validator: undefined }, signal);
      throw unusable(shown, status);
    }
    const host = end.host;
    const coding = codingOrClose(answer, { filename, asStored: options.asStored });
    const [name] = coding.meaningless;
    if (name !== undefined) {
      context.reporter.log(
        'warning',
        `${host} says Content-Encoding: ${name}, which is none; its bytes are taken as sent`,
      );
    }
    const asSent = !changesBytes(coding);
    const length = asSent ? promisedLength(headers) : undefined;
    return {
      from: continued ? from : 0,
      validator: continued ? validator : asSent ? validatorOf(headers) : undefined,
      total: length === undefined ? undefined : length + (continued ? from : 0),
      // Those in headers are of the bytes as sent, which are the file's only when nothing was packed.
      checksums: [...(options.checksums ?? []), ...(asSent ? declaredChecksums(headers) : [])],
      chunks: chunksOf(answer.body, headers, coding, { host, policy, signal }),
      facts: { url: shown, ...(maskUrl(end) === shown ? {} : { final_url: maskUrl(end) }), ...headerFacts(headers) },
    };
  };
  return transferFile({ destination, filename, shown, policy, open }, context);
}

function codingOrClose(answer: HttpAnswer, file: CodedFile): Coding {
  try {
    return codingOf(answer.headers, answer.url.host, file);
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
}

/** A strong validator, if the source gives one and takes a Range. */
function validatorOf(headers: IncomingHttpHeaders): string | undefined {
  if (headers['accept-ranges'] === 'none') return undefined;
  const { etag, 'last-modified': lastModified } = headers;
  if (etag === undefined) return lastModified;
  return etag.startsWith('W/') ? undefined : etag;
}

/** Whether a part begins where we are and belongs to the same content; not every server heeds If-Range. */
function continues(headers: IncomingHttpHeaders, from: number, validator: string | undefined): boolean {
  const start = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(headers['content-range'] ?? '')?.[1];
  const known = [headers.etag, headers['last-modified']].filter((value) => value !== undefined);
  return start !== undefined && Number(start) === from && (known.length === 0 || known.includes(validator ?? ''));
}

function unusable(where: string, status: number): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_ANSWER', `${where} answered ${status}, which is no file`, {
      hint: 'open the address in a browser to see what it gives',
      details: { status },
    }),
    { passing: status === 202 },
  );
}

function headerFacts(headers: IncomingHttpHeaders): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const name of ['etag', 'last-modified', 'content-type'] as const) {
    const value = headers[name];
    if (typeof value === 'string') facts[name.replace('-', '_')] = value;
  }
  return facts;
}

/** User and password of a URL go into a header, so that they are in no address that is passed on. */
function withUrlCredentials(url: string, options: DownloadOptions): { target: URL; request: HttpRequest } {
  const target = parseUrl(url);
  if (!target.username && !target.password) return { target, request: options };
  const user = decodeURIComponent(target.username);
  const password = decodeURIComponent(target.password);
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  target.username = '';
  target.password = '';
  return {
    target,
    request: {
      ...options,
      headers: { authorization: basic, ...options.headers },
      secrets: [...(options.secrets ?? []), password, basic],
    },
  };
}
