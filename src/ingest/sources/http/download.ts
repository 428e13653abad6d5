import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { LifecycleError } from '../../../errors.ts';
import type { Fetched, SourceContext } from '../source.ts';
import { checkContent } from '../transfer/content.ts';
import { AttemptFailure, deadlineOf, withRetries } from '../transfer/retry.ts';
import { writing } from '../transfer/writing.ts';
import { chunksOf, isEncoded, promisedLength } from './body.ts';
import { type DeclaredChecksum, declaredChecksums, RunningChecksums } from './checksum.ts';
import { type HttpAnswer, HttpClient, type HttpRequest, parseUrl, totalTimeUp, transferSignal } from './client.ts';
import { maskUrl } from './mask.ts';

export interface DownloadOptions extends HttpRequest {
  /** A checksum that the template declares. */
  checksums?: readonly DeclaredChecksum[];
}

/** What has arrived so far, kept over the attempts. */
interface Partial {
  bytes: number;
  checksums: RunningChecksums;
  /** A strong validator: only with one can a later part be known to belong to the same content. */
  validator: string | undefined;
  declared: readonly DeclaredChecksum[];
}

/**
 * Downloads a URL into `destination/filename`: retried with back-off, resumed where the source allows it, checked
 * against length, checksums and kind. The file has its name only once it is whole.
 * @throws LifecycleError SRC_*, STO_WRITE_FAILED
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
  const signal = transferSignal(context, policy);
  const file = path.join(destination, filename);
  const beside = `${file}.part`;
  const handle = await writing(() => open(beside, 'w'));
  let partial: Partial | undefined;
  let attempts = 0;
  let resumed = 0;

  /** One attempt; leaves in `partial` what a next one can build on. */
  const attempt = async (): Promise<HttpAnswer> => {
    attempts++;
    const from = partial?.validator === undefined ? 0 : partial.bytes;
    const headers = { ...request.headers };
    if (from > 0) {
      headers.range = `bytes=${from}-`;
      headers['if-range'] = partial?.validator ?? '';
    }
    const answer = await client.open(target, { ...request, headers }, signal);
    if (from > 0 && answer.status === 206 && continues(answer.headers, from, partial?.validator)) {
      resumed++;
      context.reporter.log('info', `${filename}: resumed`, { from });
    } else if (answer.status === 200) {
      partial = begin(answer.headers, options.checksums);
      await writing(() => handle.truncate(0));
    } else {
      answer.body.destroy();
      partial = undefined;
      throw unusable(shown, answer.status, from > 0);
    }
    await receive(answer, partial as Partial);
    return answer;
  };

  const receive = async (answer: HttpAnswer, into: Partial): Promise<void> => {
    const before = into.bytes;
    const length = isEncoded(answer.headers) ? undefined : promisedLength(answer.headers);
    const total = length === undefined ? undefined : before + length;
    try {
      for await (const chunk of chunksOf(answer.body, answer.headers, { host: answer.url.host, policy, signal })) {
        await writing(() => writeAll(handle, chunk, into.bytes));
        into.checksums.update(chunk);
        into.bytes += chunk.length;
        context.reporter.progress(filename, into.bytes, total);
      }
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      if (signal.aborted) throw totalTimeUp(answer.url.host, policy);
      if (!(error instanceof AttemptFailure)) throw error;
      const advanced = into.validator !== undefined && into.bytes > before;
      throw new AttemptFailure(error.error, { passing: error.passing, advanced });
    }
  };

  try {
    const answer = await withRetries(filename, { ...context, policy }, attempt, deadlineOf(policy));
    const { bytes, checksums, declared } = partial as unknown as Partial;
    await handle.close();
    const sha256 = checksums.verify(declared, shown);
    await checkContent(beside, filename, shown, context.format);
    await writing(() => rename(beside, file));
    return {
      path: file,
      filename,
      facts: {
        url: shown,
        ...(maskUrl(answer.url) === shown ? {} : { final_url: maskUrl(answer.url) }),
        bytes,
        sha256,
        ...headerFacts(answer.headers),
        ...(attempts > 1 ? { attempts } : {}),
        ...(resumed > 0 ? { resumed } : {}),
      },
    };
  } catch (error) {
    await handle.close();
    await rm(beside, { force: true });
    throw error;
  }
}

function begin(headers: IncomingHttpHeaders, given: readonly DeclaredChecksum[] = []): Partial {
  const encoded = isEncoded(headers);
  // Checksums in headers are those of the bytes as sent, which we have only when nothing was packed.
  const declared = [...given, ...(encoded ? [] : declaredChecksums(headers))];
  const { etag, 'last-modified': lastModified } = headers;
  const ranges = headers['accept-ranges'] !== 'none' && !encoded;
  const strong = etag !== undefined && !etag.startsWith('W/') ? etag : undefined;
  return {
    bytes: 0,
    checksums: new RunningChecksums(declared),
    validator: ranges ? (strong ?? (etag === undefined ? lastModified : undefined)) : undefined,
    declared,
  };
}

/** Whether a part begins where we are and belongs to the same content; not every server heeds If-Range. */
function continues(headers: IncomingHttpHeaders, from: number, validator: string | undefined): boolean {
  const start = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(headers['content-range'] ?? '')?.[1];
  const known = [headers.etag, headers['last-modified']].filter((value) => value !== undefined);
  return start !== undefined && Number(start) === from && (known.length === 0 || known.includes(validator ?? ''));
}

function unusable(where: string, status: number, resuming: boolean): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_ANSWER', `${where} answered ${status}, which is no file`, {
      hint: 'open the address in a browser to see what it gives',
      details: { status },
    }),
    { passing: resuming || status === 202 },
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

async function writeAll(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}
