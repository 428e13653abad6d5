import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { formatJson } from '../store/files.ts';

/** What one Airflow home keeps secret; made once, so that sessions and encrypted connections outlive a restart. */
export interface Secrets {
  /** 32 bytes in URL-safe base64, as the Python package cryptography wants a Fernet key. */
  fernetKey: string;
  jwtSecret: string;
  sessionSecret: string;
  databasePassword: string;
  adminPassword: string;
}

export const ADMIN = 'admin';

/** Letters and digits without those that look alike, since people type this one. */
const PASSWORD_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const PASSWORD_LENGTH = 16;

function readablePassword(): string {
  // 256 is a multiple of the alphabet's 32 letters, so every letter is as likely.
  return [...randomBytes(PASSWORD_LENGTH)].map((byte) => PASSWORD_ALPHABET[byte % PASSWORD_ALPHABET.length]).join('');
}

function urlSafe(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

const MAKERS: Readonly<Record<keyof Secrets, () => string>> = {
  fernetKey: () => urlSafe(32),
  jwtSecret: () => urlSafe(48),
  sessionSecret: () => urlSafe(48),
  databasePassword: () => randomBytes(24).toString('hex'),
  adminPassword: readablePassword,
};
const NAMES = Object.keys(MAKERS) as (keyof Secrets)[];

function newSecrets(): Secrets {
  return Object.fromEntries(NAMES.map((name) => [name, MAKERS[name]()])) as unknown as Secrets;
}

export function secretsFile(airflowHome: string): string {
  return path.join(airflowHome, 'secrets.json');
}

/** The file that Airflow's own login reads: user names and passwords. */
export function passwordsFile(airflowHome: string): string {
  return path.join(airflowHome, 'passwords.json');
}

/** Reads the secrets of an Airflow home. @throws LifecycleError AIR_SECRETS when damaged; when there are none */
export async function readSecrets(airflowHome: string): Promise<Secrets> {
  const file = secretsFile(airflowHome);
  const text = await readFile(file, 'utf8');
  try {
    const secrets = JSON.parse(text) as Secrets;
    if (NAMES.every((name) => isPassword(secrets[name]))) return secrets;
  } catch {
    // Told below, without a cause: the parser's message quotes the text.
  }
  throw new LifecycleError('AIR_SECRETS', `${file} is damaged: it does not hold the keys of this Airflow`, {
    hint: `put a copy of it back; without one, move ${airflowHome} away: a new start loses logins and the history of runs, and nothing of the data`,
  });
}

const isPassword = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Written aside and renamed: a full disk or a kill leaves the old file, and never half of a new one. */
export async function writePrivately(file: string, content: string): Promise<void> {
  const aside = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(aside, content, { mode: 0o600 });
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The logins that Airflow knows. It adds those of new users itself; an empty file is none, as it is for Airflow. */
async function readPasswords(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    const passwords: unknown = JSON.parse(text.trim() || '{}');
    if (passwords === null || typeof passwords !== 'object' || Array.isArray(passwords)) throw new Error('no object');
    return passwords as Record<string, unknown>;
  } catch {
    // Without a cause: the parser's message quotes the text.
    throw new LifecycleError('AIR_PASSWORDS', `${file} is no JSON object of users and passwords`, {
      hint: `mend it ({"user": "password"}), or remove it: then \`${ADMIN}\` keeps the password of secrets.json, and others get new ones`,
    });
  }
}

/**
 * The secrets of an Airflow home, made on first use; both files are readable by their owner only. The password of
 * `admin` is what the file of logins says, where people change it, and the other logins there stay.
 *
 * @throws LifecycleError AIR_PASSWORDS, AIR_SECRETS
 */
export async function ensureSecrets(airflowHome: string): Promise<Secrets> {
  await mkdir(airflowHome, { recursive: true });
  const file = secretsFile(airflowHome);
  const logins = passwordsFile(airflowHome);
  const kept = await readSecrets(airflowHome).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const passwords = await readPasswords(logins);
  const chosen = passwords[ADMIN];
  const secrets = { ...(kept ?? newSecrets()) };
  if (isPassword(chosen)) secrets.adminPassword = chosen;
  if (secrets.adminPassword !== kept?.adminPassword) await writePrivately(file, formatJson(secrets));
  if (chosen !== secrets.adminPassword)
    await writePrivately(logins, formatJson({ ...passwords, [ADMIN]: secrets.adminPassword }));
  // Airflow itself makes its file readable by all.
  for (const each of [file, logins]) await chmod(each, 0o600);
  return secrets;
}
