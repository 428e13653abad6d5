import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

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

function newSecrets(): Secrets {
  return {
    fernetKey: urlSafe(32),
    jwtSecret: urlSafe(48),
    sessionSecret: urlSafe(48),
    databasePassword: randomBytes(24).toString('hex'),
    adminPassword: readablePassword(),
  };
}

export function secretsFile(airflowHome: string): string {
  return path.join(airflowHome, 'secrets.json');
}

/** The file that Airflow's own login reads: user names and passwords. */
export function passwordsFile(airflowHome: string): string {
  return path.join(airflowHome, 'passwords.json');
}

/** Reads the secrets of an Airflow home. @throws when there are none, or they are not readable. */
export async function readSecrets(airflowHome: string): Promise<Secrets> {
  return JSON.parse(await readFile(secretsFile(airflowHome), 'utf8')) as Secrets;
}

async function writePrivately(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  // `mode` counts for a new file only.
  await chmod(file, 0o600);
}

/** The secrets of an Airflow home, made on first use; both files are readable by their owner only. */
export async function ensureSecrets(airflowHome: string): Promise<Secrets> {
  await mkdir(airflowHome, { recursive: true });
  let secrets: Secrets;
  try {
    secrets = await readSecrets(airflowHome);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    secrets = newSecrets();
    await writePrivately(secretsFile(airflowHome), `${JSON.stringify(secrets, null, 2)}\n`);
  }
  await writePrivately(passwordsFile(airflowHome), `${JSON.stringify({ [ADMIN]: secrets.adminPassword })}\n`);
  return secrets;
}
