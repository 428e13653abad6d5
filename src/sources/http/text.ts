import type { IncomingHttpHeaders } from 'node:http';
import { LifecycleError } from '../../errors.ts';
import { maskUrl } from '../../masking/urls.ts';
import type { SourceContext } from '../source.ts';
import { AttemptFailure, deadlineOf, withRetries } from '../transfer/retry.ts';
import { transferSignal } from '../transfer/transfer-file.ts';
import { totalTimeUp } from '../transfer/trouble.ts';
import { chunksOf } from './body.ts';
import { decodeText } from './charset.ts';
import type { HttpClient, HttpRequest } from './client.ts';
import { codingOf } from './coding.ts';

/** No answer of a service or page is near this; files go to disk by `download` instead. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

interface TextOptions extends HttpRequest {
  /** When nothing more is tried, on the clock of `performance.now()`, for walks over many pages. */
  deadline?: number;
  /** Judges the text; an AttemptFailure thrown here is retried as any other. */
  check?: (text: string) => void;
  /** Sees the headers of the answer whose text is given back. */
  onHeaders?: (headers: IncomingHttpHeaders) => void;
}

/**
 * The answer of a service as text, retried like a download.
 * @throws LifecycleError SRC_*
 */
export async function fetchText(
  client: HttpClient,
  url: string | URL,
  context: SourceContext,
  options: TextOptions = {},
): Promise<string> {
  const { policy } = client;
  const signal = transferSignal(context, policy);
  const { deadline = deadlineOf(policy), check, onHeaders, ...request } = options;
  const attempt = async () => {
    const headers = { 'accept-encoding': 'gzip, br', ...request.headers };
    const answer = await client.open(url, { ...request, headers }, signal);
    const { body, headers: sent, url: end } = answer;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      const coding = codingOf(sent, end.host);
      for await (const chunk of chunksOf(body, sent, coding, { host: end.host, policy, signal })) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_TEXT_BYTES)
          throw answerError(maskUrl(url), `its answer is larger than ${MAX_TEXT_BYTES} bytes`);
      }
    } catch (error) {
      body.destroy();
      if (context.signal.aborted) throw context.signal.reason;
      if (signal.aborted) throw totalTimeUp(end.host, policy);
      throw error;
    }
    const { text, guessed } = decodeText(Buffer.concat(chunks), sent);
    if (guessed !== undefined) {
      const taken = guessed === 'damaged UTF-8' ? 'some letters are lost' : `it is read as ${guessed}`;
      context.reporter.log('warning', `${maskUrl(url)}: its answer is not UTF-8; ${taken}`);
    }
    check?.(text);
    onHeaders?.(sent);
    return text;
  };
  return withRetries(maskUrl(url), { ...context, policy }, attempt, deadline);
}

/**
 * As fetchText, parsed. An answer that is no JSON is tried again: services answer with an error page while they restart.
 * @throws LifecycleError SRC_*
 */
export async function fetchJson(
  client: HttpClient,
  url: string | URL,
  context: SourceContext,
  options: TextOptions = {},
): Promise<unknown> {
  let value: unknown;
  const check = (text: string) => {
    options.check?.(text);
    value = parsedJson(text, maskUrl(url));
  };
  await fetchText(client, url, context, { ...options, check });
  return value;
}

function parsedJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const start = JSON.stringify(text.slice(0, 60));
    throw new AttemptFailure(answerError(where, `its answer is no JSON: ${start}`, error), { passing: true });
  }
}

/** A service that answered, but not with what it should. */
export function answerError(where: string, what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('SRC_ANSWER', `${where}: ${what}`, {
    hint: 'open the address in a browser: the dataset may have been changed or withdrawn',
    cause,
  });
}
