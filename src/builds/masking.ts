/** What stands in place of a secret. */
export const MASK = '***';

/** Shorter values hide nothing and would tear holes into ordinary words. */
const MIN_SECRET_LENGTH = 5;
const SECRET_NAME = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL/i;

/** Replaces secrets in text, however they are written. */
export interface Masker {
  mask(text: string): string;
  /** So much of a text's end may be the beginning of a secret. */
  readonly longest: number;
}

/** Values that must not be shown: of variables whose name says so, and passwords inside addresses. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    if (!value) continue;
    if (SECRET_NAME.test(name) && value.length >= MIN_SECRET_LENGTH) secrets.add(value);
    for (const [, password] of value.matchAll(/[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s@/]+)@/gi)) {
      if (password!.length < MIN_SECRET_LENGTH) continue;
      secrets.add(password!);
      secrets.add(decoded(password!));
    }
  }
  return [...secrets];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Masks secrets as they are, percent-encoded, escaped as in JSON, and inside base64 at each of its three alignments.
 * Texts are sequences of bytes (`latin1`), as build.log takes them, or ordinary text; secrets are looked for in both.
 */
export function maskerFor(secrets: readonly string[]): Masker {
  const forms = new Set<string>();
  for (const secret of secrets) {
    // The lines of a secret of several lines, such as a key, come one by one.
    const parts = secret.includes('\n')
      ? secret.split(/\r?\n/).filter((line) => line.length >= 2 * MIN_SECRET_LENGTH)
      : [secret];
    for (const part of parts) for (const form of formsOf(part)) if (form.length >= MIN_SECRET_LENGTH) forms.add(form);
  }
  const longest = Math.max(0, ...[...forms].map((form) => form.length));
  if (forms.size === 0) return { mask: (text) => text, longest: 0 };
  const alternatives = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(alternatives.join('|'), 'g');
  return { mask: (text) => text.replace(pattern, MASK), longest };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const plain = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].flatMap((form) => [
    form,
    Buffer.from(form, 'utf8').toString('latin1'),
  ]);
  const base64 = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters at both ends depend on the neighbouring bytes too.
    const start = [0, 2, 3][shift]!;
    const end = (shift + bytes.length) % 3 === 0 ? undefined : -1;
    const inner = whole.slice(start, end);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...plain, ...base64.filter((form) => form.length >= 2 * MIN_SECRET_LENGTH)];
}
