import { MASK } from './names.ts';
import { maskText, secretValues } from './shapes.ts';

/** Shorter values hide nothing and would tear holes into ordinary words. */
const MIN_SECRET_LENGTH = 5;
const SECRET_NAME = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL/i;

/** Replaces secrets in text, however they are written. */
export interface Masker {
  mask(text: string): string;
  /** So much of a text's end may be the beginning of a secret. */
  readonly longest: number;
}

/** What everybody knows hides nothing, and stands in other places with another meaning. */
const COMMON = new Set([
  'password',
  'postgres',
  'postgresql',
  'admin',
  'airflow',
  'secret',
  'token',
  'default',
  'guest',
]);

/** Whether a value can be looked for wherever it stands. */
export function isWorthHiding(value: string): boolean {
  return (
    value.length >= MIN_SECRET_LENGTH && !COMMON.has(value.toLowerCase()) && !/^(?:true|false|\d{1,7})$/i.test(value)
  );
}

/** Values that must not be shown: of variables whose name says so, and those that other values show to be secret. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    if (!value) continue;
    // A variable may name the file that holds the secret.
    if (SECRET_NAME.test(name) && !value.startsWith('/') && isWorthHiding(value)) secrets.add(value);
    for (const secret of secretValues(value)) secrets.add(secret);
  }
  return [...secrets];
}

/**
 * Masks secrets as they are, percent-encoded, escaped as in JSON, and inside base64 at each of its three alignments, and
 * beside them whatever shows by its shape that it is one.
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
  if (forms.size === 0) return { mask: maskText, longest: 0 };
  const alternatives = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(alternatives.join('|'), 'g');
  return { mask: (text) => maskText(text.replace(pattern, MASK)), longest };
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
