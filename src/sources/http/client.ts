import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { LifecycleError } from '../../errors.ts';
import { maskSecrets, maskUrl } from '../../masking/urls.ts';
import { formatSeconds } from '../../report.ts';
import type { SourceContext } from '../source.ts';
import { type TransferPolicy, transferPolicy } from '../transfer/policy.ts';
import { AttemptFailure, retryAfterMs } from '../transfer/retry.ts';
import { networkFailure, statusFailure, timeout, totalTimeUp } from '../transfer/trouble.ts';
import { AddressGuard } from './address-guard.ts';
import { chunksOf } from './body.ts';
import { decodeText } from './charset.ts';
import { codingOf } from './coding.ts';
import { CookieJar } from './cookies.ts';

/** Some of the sources turn away clients that do not look like a browser. */
const USER_AGENT = 'Mozilla/5.0 (compatible; lifecycle/0.1)';
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'] as const;

/** Agents take `proxyEnv` since Node 24.5, and leave it aside before. */
const [NODE_MAJOR = 0, NODE_MINOR = 0] = process.versions.node.split('.').map(Number);
const PROXIES_SUPPORTED = NODE_MAJOR > 24 || (NODE_MAJOR === 24 && NODE_MINOR >= 5);

export interface HttpRequest {
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Headers that depend on address and time, such as a signature; asked for anew for every request, at its origin only. */
  sign?: (url: URL) => Promise<Readonly<Record<string, string>>>;
  /** Values that must not show up in an error, such as a token in a header. */
  secrets?: readonly (string | undefined)[];
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Where the answer came from in the end. */
  url: URL;
  /** As sent, not yet unpacked. Read it to its end or destroy it. */
  body: Readable;
}

/**
 * HTTP for one transfer: redirects within limits, time-outs, the proxy variables, no address nearer than the first.
 * `using` closes its connections.
 */
export class HttpClient implements Disposable {
  readonly policy: TransferPolicy;
  readonly #guard = new AddressGuard();
  readonly #cookies = new CookieJar();
  readonly #agents: { http: http.Agent; https: https.Agent };
  readonly #context: SourceContext;

  constructor(context: SourceContext) {
    const { settings } = context;
    this.#context = context;
    this.policy = transferPolicy(settings.value('LIFECYCLE_TRANSFER'), context.policy);
    const proxied = PROXY_VARIABLES.some((name) => settings.value(name) && !/^no_/i.test(name));
    if (proxied && !PROXIES_SUPPORTED) {
      context.reporter.log('warning', `Node ${process.versions.node} knows no proxy variables; use 24.5 or newer`);
    }
    const proxyEnv = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, settings.value(name)]));
    this.#agents = {
      http: new http.Agent({ keepAlive: true, proxyEnv }),
      https: new https.Agent({ keepAlive: true, proxyEnv }),
    };
  }

  [Symbol.dispose](): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /**
   * One attempt: sends the request and follows redirects until an answer with a status below 300 (or 304, 416).
   * @throws AttemptFailure
   */
  async open(url: string | URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let target = parseUrl(url);
    let current = request;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send(target, current, signal);
      const { status, headers } = answer;
      this.#cookies.take(target, headers['set-cookie']);
      if (status < 300 || status === 304 || status === 416) return answer;
      const location = headers.location;
      if (status >= 400 || location === undefined) {
        const text = await textStart(answer, this.policy, signal);
        throw statusFailure(
          status,
          maskUrl(target),
          maskSecrets(text, [...(request.secrets ?? []), target.password]),
          retryAfterMs(headers['retry-after']),
        );
      }
      answer.body.destroy();
      if (redirects >= this.policy.redirects) {
        throw refused(`${maskUrl(url)} redirects more than ${this.policy.redirects} times`);
      }
      const next = URL.parse(location, target.href);
      if (!next || (next.protocol !== 'http:' && next.protocol !== 'https:')) {
        throw refused(`${target.host} redirects to ${next ? `a ${next.protocol} address` : 'what is no address'}`);
      }
      current = redirected(current, status, next.origin === target.origin);
      target = next;
    }
  }

  async #send(url: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { policy } = this;
    const secure = url.protocol === 'https:';
    const host = url.host;
    const clock = new Clock();
    try {
      this.#guard.checkLiteral(url.hostname);
      const signature = await request.sign?.(url);
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const outgoing = (secure ? https : http).request(url, {
          agent: secure ? this.#agents.https : this.#agents.http,
          method: request.method ?? 'GET',
          headers: {
            'user-agent': USER_AGENT,
            accept: '*/*',
            'accept-encoding': 'identity',
            ...withCookies(request.headers, this.#cookies.header(url)),
            ...signature,
          },
          lookup: this.#guard.lookupFor(url.hostname),
          signal,
        });
        const giveUp = (failure: AttemptFailure) => outgoing.destroy(failure);
        clock.set(policy.connectMs, () =>
          giveUp(timeout(host, `no connection within ${formatSeconds(policy.connectMs)}`)),
        );
        const connected = () =>
          clock.set(policy.answerMs, () => giveUp(timeout(host, `no answer within ${formatSeconds(policy.answerMs)}`)));
        outgoing.on('socket', (socket) => {
          if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connected);
          else connected();
        });
        outgoing.on('response', resolve);
        outgoing.on('error', reject);
        outgoing.end(request.body);
      });
      return { status: response.statusCode ?? 0, headers: response.headers, url, body: response };
    } catch (error) {
      if (this.#context.signal.aborted) throw this.#context.signal.reason;
      if (signal.aborted) throw totalTimeUp(host, policy);
      throw networkFailure(error, host);
    } finally {
      clock.stop();
    }
  }
}

/** One time-out at a time. */
class Clock {
  #timer: NodeJS.Timeout | undefined;

  set(ms: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** @throws LifecycleError SRC_ARGUMENTS */
export function parseUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  // What cannot be read as a URL can still hold a password.
  const shown = parsed ? maskUrl(parsed) : String(url).replace(/\/\/[^/]*@/, '//***@');
  throw new LifecycleError('SRC_ARGUMENTS', `${JSON.stringify(shown.slice(0, 200))} is no http(s) address`, {
    hint: 'give a whole URL, such as https://example.org/data.csv',
  });
}

function refused(message: string): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_REDIRECT_REFUSED', message, {
      hint: 'open the address in a browser, and put where it ends into the template',
    }),
    { passing: false },
  );
}

/** Any other header may be a credential, whatever its name. */
const FOR_ANYBODY = new Set('accept accept-encoding accept-language user-agent range if-range content-type'.split(' '));

/** Cookies of the transfer behind those that the caller gives. */
function withCookies(
  headers: Readonly<Record<string, string>> = {},
  cookies: string | undefined,
): Readonly<Record<string, string>> {
  if (cookies === undefined) return headers;
  const given = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'cookie');
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'cookie');
  return { ...Object.fromEntries(others), cookie: [...given.map(([, value]) => value), cookies].join('; ') };
}

/** 307 and 308 keep method and body; credentials stay behind when the origin changes (RFC 9110, 15.4). */
function redirected(request: HttpRequest, status: number, sameOrigin: boolean): HttpRequest {
  const keep = status === 307 || status === 308 || (request.method ?? 'GET') === 'GET';
  const headers = Object.entries(request.headers ?? {}).filter(
    ([name]) =>
      (sameOrigin || FOR_ANYBODY.has(name.toLowerCase())) && (keep || !name.toLowerCase().startsWith('content-')),
  );
  return {
    method: keep ? (request.method ?? 'GET') : 'GET',
    headers: Object.fromEntries(headers),
    ...(keep && request.body !== undefined ? { body: request.body } : {}),
    ...(request.secrets ? { secrets: request.secrets } : {}),
    ...(sameOrigin && request.sign ? { sign: request.sign } : {}),
  };
}

/** So much of an error's body is read. */
const LONGEST_REASON = 2000;

/** The beginning of an error's body, which often says what is wrong. */
async function textStart(
  { body, headers, url }: HttpAnswer,
  policy: TransferPolicy,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const { host } = url;
    for await (const chunk of chunksOf(body, headers, codingOf(headers, host), { host, policy, signal })) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > LONGEST_REASON) break;
    }
  } catch {
    // A cut error page says no less than none.
  }
  body.destroy();
  return decodeText(Buffer.concat(chunks).subarray(0, LONGEST_REASON), headers).text;
}
