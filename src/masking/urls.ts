import { isSecretParameter, MASK } from './names.ts';
import { maskText } from './shapes.ts';

/** A URL as it may be shown and recorded: without user, password and the values of telling parameters. */
export function maskUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : new URL(url);
  if (!parsed) return '(not a URL)';
  if (parsed.username || parsed.password) {
    parsed.username = MASK;
    parsed.password = '';
  }
  parsed.hash = '';
  for (const name of new Set(parsed.searchParams.keys())) {
    if (isSecretParameter(name)) parsed.searchParams.set(name, MASK);
  }
  return maskText(parsed.href);
}

/** Text of others, such as a server's error message, with every secret that we hold taken out. */
export function maskSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < 4) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])) {
      masked = masked.replaceAll(form, MASK);
    }
  }
  return masked;
}
