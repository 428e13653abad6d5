import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashText } from '../store/files.ts';

/** Who may ask, and from where. */
export interface Access {
  /** Who shows it may ask. */
  token: string;
  /**
   * The name and port that a browser of this machine reaches the server by; it may then show the token as a cookie.
   * Undefined on a socket, which no browser reaches.
   */
  browser: { port: () => number } | undefined;
}

/** Names of this machine; any other could be one that leads here by DNS from a page of somebody else. */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
/** A fetch by a page of the server itself, and what a person typed or followed from outside of a page. */
const OWN_SITES = ['same-origin', 'none'];

/** Cookies know no ports: each server has a name of its own. */
const cookieName = (port: number) => `lifecycle_${port}`;

export type Verdict = { allowed: true } | { allowed: false; status: 401 | 403 | 421; message: string };

/** Whether a request may be answered. A token in the header is as good as any; a cookie only for pages of this server. */
export function judge(request: FastifyRequest, { token, browser }: Access): Verdict {
  if (browser && !isOwnHost(request, browser.port())) {
    return { allowed: false, status: 421, message: 'this server answers to 127.0.0.1 and localhost alone' };
  }
  if (isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return { allowed: true };
  const given = browser && cookieOf(request, cookieName(browser.port()));
  if (given === undefined || !isSame(given, token)) {
    return { allowed: false, status: 401, message: 'this needs the token of the server' };
  }
  return isOwnPage(request) ? { allowed: true } : { allowed: false, status: 403, message: 'another page asked for it' };
}

/**
 * Where the address that was printed is opened: its token becomes a cookie, and leaves the address.
 *
 * @returns whether the request was answered by that
 */
export async function takeToken(request: FastifyRequest, reply: FastifyReply, { token, browser }: Access) {
  const { token: given } = request.query as { token?: unknown };
  if (!browser || typeof given !== 'string' || !isOwnHost(request, browser.port()) || !isSame(given, token))
    return false;
  const cookie = `${cookieName(browser.port())}=${token}; HttpOnly; SameSite=Strict; Path=/`;
  await reply.code(303).headers({ 'set-cookie': cookie, location: './', 'cache-control': 'no-store' }).send();
  return true;
}

function isOwnHost(request: FastifyRequest, port: number): boolean {
  return LOOPBACK_NAMES.some((name) => request.headers.host === `${name}:${port}`);
}

/** Another server of this machine is of the same site, so its pages send the cookie too; the browser says who asks. */
function isOwnPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !OWN_SITES.includes(String(site))) return false;
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}

function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  const parts = (headers.cookie ?? '').split(';').map((part) => part.trim());
  return parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Takes the same time for any two texts. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => Buffer.from(hashText(text)));
  return timingSafeEqual(a!, b!);
}
