/** Query parameters whose values give access. */
const SECRET_PARAMETER =
  /^(?:.*(?:token|secret|passw|signature|credential|session|api_?-?key|apikey).*|sig|key|auth|pwd|code)$/i;

/** A URL as it may be shown and recorded: without user, password and the values of telling parameters. */
export function maskUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : new URL(url);
  if (!parsed) return '(not a URL)';
  if (parsed.username || parsed.password) {
    parsed.username = '***';
    parsed.password = '';
  }
  parsed.hash = '';
  for (const name of new Set(parsed.searchParams.keys())) {
    if (SECRET_PARAMETER.test(name)) parsed.searchParams.set(name, '***');
  }
  return parsed.href;
}

/** Text of others, such as a server's error message, with every secret that we hold taken out. */
export function maskSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < 4) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])) {
      masked = masked.replaceAll(form, '***');
    }
  }
  return masked;
}
