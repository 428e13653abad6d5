/** RFC 6265 asks for no more; what is longer is dropped. */
const LONGEST_COOKIE = 4096;
const MOST_COOKIES = 100;

interface Cookie {
  name: string;
  value: string;
  site: string;
  path: string;
  secure: boolean;
  /** Milliseconds since 1970. */
  expires: number;
}

/**
 * The cookies of one transfer. Some sources hand one out with a redirect and ask for it at the next address. They go back
 * to the host that has set them and to no other: which names belong together cannot be known without a list of all
 * public suffixes, so `Domain` is not heeded.
 */
export class CookieJar {
  #cookies: Cookie[] = [];

  /** Takes what an answer sets. */
  take(url: URL, headers: readonly string[] | undefined, now = Date.now()): void {
    for (const header of headers ?? []) {
      const cookie = parse(header, url, now);
      if (!cookie) continue;
      const isSame = (other: Cookie) =>
        other.name === cookie.name && other.site === cookie.site && other.path === cookie.path;
      this.#cookies = this.#cookies.filter((other) => !isSame(other));
      if (cookie.expires > now && this.#cookies.length < MOST_COOKIES) this.#cookies.push(cookie);
    }
  }

  /** The value of the header `Cookie` for a request; undefined where there is none to be sent. */
  header(url: URL, now = Date.now()): string | undefined {
    const fitting = this.#cookies.filter(
      ({ site, path, secure, expires }) =>
        site === siteOf(url) && covers(path, url.pathname) && (!secure || url.protocol === 'https:') && expires > now,
    );
    if (fitting.length === 0) return undefined;
    // Longer paths stand first, earlier cookies before later ones.
    const sorted = fitting.toSorted((a, b) => b.path.length - a.path.length);
    return sorted.map(({ name, value }) => `${name}=${value}`).join('; ');
  }
}

/** The host; with its port where that is none of the usual ones, behind which something else may live. */
function siteOf(url: URL): string {
  return url.host.toLowerCase();
}

function parse(header: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...attributes] = header.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim();
  const value = pair.slice(equals + 1).trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these have no place in a header
  if (name === '' || header.length > LONGEST_COOKIE || /[\x00-\x1f\x7f]/.test(name + value)) return undefined;
  const cookie: Cookie = { name, value, site: siteOf(url), path: folderOf(url), secure: false, expires: Infinity };
  let maxAge: number | undefined;
  let named = '';
  for (const attribute of attributes) {
    const [, key = '', text = ''] = /^\s*([^=\s]*)\s*(?:=\s*(.*?)\s*)?$/s.exec(attribute) ?? [];
    if (/^secure$/i.test(key)) cookie.secure = true;
    else if (/^path$/i.test(key)) named = text.startsWith('/') ? text : '';
    else if (/^max-age$/i.test(key) && /^-?\d+$/.test(text)) maxAge = Number(text);
    else if (/^expires$/i.test(key)) cookie.expires = dateOf(text) ?? cookie.expires;
  }
  if (named !== '') cookie.path = named;
  // What a plain connection brings may have been put there by anybody.
  if (cookie.secure && url.protocol !== 'https:') return undefined;
  if (/^__(?:secure|host)-/i.test(name) && !cookie.secure) return undefined;
  if (/^__host-/i.test(name) && named !== '/') return undefined;
  return maxAge === undefined ? cookie : { ...cookie, expires: maxAge <= 0 ? -Infinity : now + maxAge * 1000 };
}

/** `Wed, 21 Oct 2015 07:28:00 GMT`, also with the dashes of old. */
function dateOf(text: string): number | undefined {
  const time = Date.parse(text.replace(/(\d)-([A-Za-z]{3})-(\d)/, '$1 $2 $3'));
  return Number.isNaN(time) ? undefined : time;
}

/** The folder of an address: `/a` for `/a/b.csv`, `/` for `/b.csv`. */
function folderOf({ pathname }: URL): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
}

function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
