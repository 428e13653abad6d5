import { decodedForms } from './decoded.ts';
import { belongsToSignature, isSecretName, isSecretParameter, isStandIn, MASK } from './names.ts';

/** A stretch of a text that is a secret. */
interface Span {
  start: number;
  end: number;
}

/** Logins that say who, not with what, as long as no password follows. */
const NAMES_ONLY = /(?:ssh|sftp|scp|git|rsync|postgres(?:ql)?(?:\+\w+)?|mysql|smtp|ldap|svn):?$/i;

/** A text holds nothing of what is looked for here without one of these. */
const WORTH_READING = /[=:@]|\s-p|%[0-9a-f]{2}|--|-u|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|xox|AIza|eyJ|bearer/i;

/**
 * Where a text holds secrets that can be told by their shape: users and passwords in addresses, telling parameters of
 * queries, fragments, forms and connection strings, headers, options of commands, keys of known services; also where the
 * text is percent-encoded, in part or several times. Spans do not overlap and are in order.
 */
export function secretSpans(text: string): Span[] {
  if (!WORTH_READING.test(text)) return [];
  const spans = spansIn(text);
  for (const form of decodedForms(text)) {
    for (const { start, end } of spansIn(form.text)) {
      spans.push({ start: form.positions[start]!, end: form.positions[end]! });
    }
  }
  return merged(spans);
}

/** The text with every such secret taken out. Text without one is the same text. */
export function maskText(text: string): string {
  const spans = secretSpans(text);
  if (spans.length === 0) return text;
  let masked = '';
  let at = 0;
  for (const { start, end } of spans) {
    masked += text.slice(at, start) + MASK;
    at = end;
  }
  return masked + text.slice(at);
}

/** The secrets of a text themselves, also decoded and without what stands around them: as others may repeat them. */
export function secretValues(text: string): string[] {
  const values = new Set<string>();
  for (const { start, end } of secretSpans(text)) {
    const value = text.slice(start, end);
    const isLogin = text[end] === '@' || /^[^\s:/]+:[^\s]+$/.test(value);
    const bare = isLogin
      ? value.slice(value.indexOf(':') + 1)
      : value.replace(/^(?:bearer|basic|token|apikey)\s+/i, '');
    for (const form of [bare, decoded(bare)]) if (form !== '' && !isStandIn(form)) values.add(form);
  }
  return [...values];
}

function merged(spans: Span[]): Span[] {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}

/** Every pattern begins at a delimiter and runs to the next one, or has a bound: the time is that of the text's length. */
const USER_INFO = /(?<=\/\/)[^\s/?#"'<>]+(?=@)/g;
/** A password with a slash in it, which no address may hold and people write; a port is digits only. */
const LOOSE_USER_INFO = /(?<=\/\/)[^\s/?#"'<>@:[\]]{1,100}:(?!\d*(?:[/?#"'\s]|$))[^\s"'<>@]{1,300}(?=@)/g;
/** Names alone: their values may hold further ones. */
const PARAMETER = /(?<=[?&;#])([^=&;#?\s"'<>\\]{1,100})=/g;
const PARAMETER_VALUE = /[^&;#\s"'<>\\]*(?:;(?![^=&;#\s]*=)[^&;#\s"'<>\\]*)*/y;
const ASSIGNMENT = /(?<![\w.$-])([\w.$-]{2,80})\s?=\s?(?![=`]|\$\(|\{\{)/g;
const ASSIGNED_VALUE = /"([^"]*)"|'([^']*)'|\\*["']?([^\s;&,"'<>()\\]+)/y;
const QUOTED_FIELD = /["']([\w.$ -]{2,80})\\*["']\s?:\s?(?:\[\s?)?\\*["']([^"'\\]+)/g;
const HEADER =
  /(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,40}(?:key|token|auth|secret)[\w-]{0,40}|[\w-]{0,40}(?:api-?key|-token|-secret|-password))\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?((?:(?:bearer|basic|token|apikey|digest|negotiate|aws4-hmac-sha256)\s+)?[^\s"'\\]+(?:;\s?[^\s"'\\;]+)*)/gi;
/** `user:password@host` without a scheme, as proxies have it. */
const BARE_LOGIN =
  /(?<![\w/:@.%+-])(?!(?:mailto|sips?|xmpp|acct|npm|jsr|pkg|docker):)[\w.%+-]{1,100}:([^\s:/@"'<>]{3,200})@(?!sha256|v?\d)[A-Za-z][\w-]*/gi;
/** Passwords that programs take from an option glued to them, or from a pipe. */
const COMMAND_PASSWORD =
  /\b(?:mysql\w*|mariadb\w*|sshpass)\b[^|;&\n]{0,200}?\s-p([^\s'"=;]+)|\b(?:echo|printf)\s+["']?([^\s"'|]+)["']?\s*\|[^|;&\n]{0,200}--password-stdin/g;
const OPTION = /(?<=^|\s)--?([\w-]{1,60})(?:=|\s+)(?!\$\(|\{\{)(?:"([^"]*)"|'([^']*)'|([^\s"';]+))/gi;
const KNOWN_KEYS =
  /\b(?:A[KS]IA[0-9A-Z]{16}|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+)|(?<=\bbearer\s)[\w.~+/=-]{16,}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]{0,8000}?-----END [A-Z ]{0,20}PRIVATE KEY-----/gi;

function spansIn(text: string): Span[] {
  const spans: Span[] = [];
  const add = (start: number, value: string) => {
    if (!isStandIn(value)) spans.push({ start, end: start + value.length });
  };
  /** The group that matched, which stands at the end of the match but for a quotation mark. */
  const addLast = (match: RegExpExecArray, values: readonly (string | undefined)[]) => {
    const value = values.find((each) => each !== undefined);
    if (value !== undefined) add(match.index + match[0].lastIndexOf(value), value);
  };
  /** What stands behind a name, unless it is part of a secret already. */
  const addBehind = (name: RegExpExecArray, value: RegExp) => {
    const from = name.index + name[0].length;
    if (from < (spans.at(-1)?.end ?? 0)) return;
    value.lastIndex = from;
    const match = value.exec(text);
    if (match) addLast(match, match.length > 1 ? match.slice(1) : [match[0]]);
  };

  for (const pattern of [USER_INFO, LOOSE_USER_INFO]) {
    for (const match of text.matchAll(pattern)) addUserInfo(text, match, add);
  }
  const isSigned = /[?&;#]sig=/i.test(text);
  for (const match of text.matchAll(PARAMETER)) {
    const name = match[1]!;
    if (isSecretParameter(decoded(name)) || (isSigned && belongsToSignature(name))) addBehind(match, PARAMETER_VALUE);
  }
  for (const match of text.matchAll(ASSIGNMENT)) if (isSecretName(match[1]!)) addBehind(match, ASSIGNED_VALUE);
  for (const match of text.matchAll(QUOTED_FIELD)) if (isSecretName(match[1]!)) addLast(match, [match[2]]);
  for (const match of text.matchAll(HEADER)) addLast(match, [match[2]]);
  for (const match of text.matchAll(OPTION)) {
    const value = match.slice(2).find((each) => each !== undefined) ?? '';
    // `-u user` alone asks for the password, and `-u 1000:1000` names a user and a group.
    const isLogin = /^u(?:ser)?$/.test(match[1]!) && value.includes(':') && /[^\d:]/.test(value);
    if (isLogin || isSecretName(match[1]!)) addLast(match, [value]);
  }
  for (const pattern of [BARE_LOGIN, COMMAND_PASSWORD]) {
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find((each) => each !== undefined);
      if (value !== undefined)
        add(match.index + match[0].indexOf(value, pattern === BARE_LOGIN ? match[0].indexOf(':') : 0), value);
    }
  }
  for (const match of text.matchAll(KNOWN_KEYS)) add(match.index, match[0]);
  return spans;
}

function addUserInfo(text: string, match: RegExpExecArray, add: (start: number, value: string) => void): void {
  const [whole] = match;
  const colon = whole.indexOf(':');
  const scheme = text.slice(Math.max(0, match.index - 24), match.index - 2);
  const namesOnly = NAMES_ONLY.test(scheme);
  if (colon < 0) {
    if (!namesOnly && scheme.endsWith(':')) add(match.index, whole);
  } else if (!isStandIn(whole.slice(colon + 1))) {
    // To the web a user may be the token; a server's user is worth reading.
    if (namesOnly) add(match.index + colon + 1, whole.slice(colon + 1));
    else add(match.index, whole);
  }
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
