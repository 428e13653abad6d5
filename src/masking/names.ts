/** What stands in place of a secret. */
export const MASK = '***';

/** Words that say of a name that its value gives access, also where words are run together (`dbpassword`, `AWSAccessKeyId`). */
const TELLING =
  /tokens?\d*$|tokenvalue$|secret|passw(?:or)?d|passphrase|passcode|credential|signature$|securitytoken|(?:api|access|account|private|subscription|shared|auth|app|session|function)key|sess(?:ion)?id$|passkey|googleaccessid|keypairid|^jwt$|^pwd$|(?:user|db|pg|sql|my)pwd$/;
/** Short words tell only when they stand alone, as in `MY_PWD`. */
const SHORT_WORDS = /(?:^|[-_.$\s])(?:pwd|jwt|pass)(?:$|[-_.$\s])/i;
/** Names that say so of a parameter of an address only: elsewhere they name columns and keys. */
const TELLING_PARAMETERS = new Set(['sig', 'key', 'auth', 'authorization', 'code', 'pass', 'pw', 'pin', 'sid']);
/** Headers beside those with a telling word. */
const HEADERS = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'auth',
  'basicauth',
  'xfunctionskey',
]);
/** Names with a telling word whose values tell nothing. */
const HARMLESS =
  /^secrets$|^(max|num|n|count|next|page|continuation).*tokens?$|tokens?count$|column(name)?$|(file|path|dir|url|name|type|field|expires?|algorithm|version|header)$/;

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.$\s]/g, '');
}

/** Whether a field, header or variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const word = plain(name);
  return ((TELLING.test(word) || SHORT_WORDS.test(name)) && !HARMLESS.test(word)) || HEADERS.has(word);
}

/** Whether a parameter of an address of this name holds a secret. */
export function isSecretParameter(name: string): boolean {
  return isSecretName(name) || TELLING_PARAMETERS.has(plain(name));
}

/** Further parameters of a signed address of Azure: with the signature they are what gives access. */
export function belongsToSignature(name: string): boolean {
  return /^(?:sv|sr|se|st|sp|spr|sip|skoid|sktid|skt|ske|sks|skv|ss|srt)$/i.test(name);
}

/** What stands for a secret that is elsewhere: a variable, a blank to fill in, the mask itself. */
const STAND_IN =
  /^(?:\*+|x{3,}|\.{3}|…|\$\{?\w+(?::[-?+=]?[^}]*)?\}?|\{\{[^}]*\}\}|\{\w*\}|%\(\w+\)s|%\w+%|<[^<>]*>|none|null|true|false)?$|^(?:os\.|process\.env|getenv)/i;

export function isStandIn(value: string): boolean {
  return STAND_IN.test(value.trim());
}
