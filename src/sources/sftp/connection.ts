import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Client, SFTPWrapper } from 'ssh2';
import { LifecycleError } from '../../errors.ts';
import { maskSecrets } from '../../masking/urls.ts';
import { formatSeconds } from '../../report.ts';
import { airflowConnection, extraText, missingCredentials } from '../credentials.ts';
import type { SourceContext } from '../source.ts';
import type { TransferPolicy } from '../transfer/policy.ts';
import { AttemptFailure } from '../transfer/retry.ts';
import { networkFailure, timeout } from '../transfer/trouble.ts';
import { type HostKey, type KnownHost, knownHost } from './known-hosts.ts';

export interface SftpServer {
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  privateKey: string | undefined;
  passphrase: string | undefined;
  known: KnownHost;
  /** Where the host key should be, for messages. */
  knownHostsFile: string;
}

/**
 * The server of a source type, from the variables `<PREFIX>_HOST`, `_PORT`, `_USER`, `_PASSWORD`, `_PRIVATE_KEY_PATH`,
 * `_PRIVATE_KEY_PASSPHRASE` and `_KNOWN_HOSTS`, else from the Airflow connection `lifecycle_<type>`.
 * @throws LifecycleError SRC_CREDENTIALS
 */
export async function sftpServer(
  type: string,
  prefix: 'AXWAY_SFTP' | 'SFTP',
  usualHost: string | undefined,
  context: SourceContext,
): Promise<SftpServer> {
  const { value } = context.settings;
  const id = `lifecycle_${type}`;
  const connection = airflowConnection(id, context.settings);
  const host = value(`${prefix}_HOST`) ?? connection?.host ?? usualHost;
  const user = value(`${prefix}_USER`) ?? connection?.login;
  const password = value(`${prefix}_PASSWORD`) ?? connection?.password;
  const keyFile = value(`${prefix}_PRIVATE_KEY_PATH`) ?? extraText(connection, 'key_file');
  const privateKey = keyFile === undefined ? extraText(connection, 'private_key') : await readKey(keyFile);
  if (host === undefined || user === undefined || (password === undefined && privateKey === undefined)) {
    const names = ['HOST', 'USER', 'PASSWORD or _PRIVATE_KEY_PATH'].slice(usualHost === undefined ? 0 : 1);
    throw missingCredentials(
      type,
      names.map((name) => `${prefix}_${name}`),
      id,
    );
  }
  const port = value(`${prefix}_PORT`) ?? connection?.port ?? 22;
  const home = value('HOME') ?? homedir();
  const knownHostsFile = value(`${prefix}_KNOWN_HOSTS`) ?? path.join(home, '.ssh', 'known_hosts');
  const fromConnection = extraText(connection, 'host_key');
  const known = fromConnection
    ? { keys: [parseHostKey(fromConnection)], revoked: [] }
    : knownHost(await readFile(knownHostsFile, 'utf8').catch(() => ''), host, port);
  const passphrase = value(`${prefix}_PRIVATE_KEY_PASSPHRASE`) ?? extraText(connection, 'private_key_passphrase');
  return { host, port, user, password, privateKey, passphrase, known, knownHostsFile };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new LifecycleError('SRC_CREDENTIALS', `the private key ${file} cannot be read`, {
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

/** `ssh-ed25519 AAAA…`, or as Airflow also takes it, the key alone. */
function parseHostKey(text: string): HostKey {
  const [first = '', second] = text.trim().split(/\s+/);
  if (second !== undefined) return { type: first, key: second };
  const bytes = Buffer.from(first, 'base64');
  // The wire format begins with the length and name of the type.
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  return { type: bytes.subarray(4, 4 + length).toString('latin1'), key: first };
}

/** Which signatures a server may prove a key with; only those of keys that we know are asked for. */
const SIGNATURES: Record<string, readonly string[]> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

export interface SftpSession extends Disposable {
  sftp: SFTPWrapper;
}

/**
 * Connects and opens the SFTP subsystem. The host must prove a key that is known beforehand.
 * @throws AttemptFailure
 */
export async function connect(server: SftpServer, policy: TransferPolicy, signal: AbortSignal): Promise<SftpSession> {
  const { host, port, user, password, privateKey, passphrase, known } = server;
  if (known.keys.length === 0) throw hostKeyFailure(server, `the host key of ${host}:${port} is not known`);
  const { default: ssh2 } = await import('ssh2');
  const client: Client = new ssh2.Client();
  let refusal: AttemptFailure | undefined;
  const serverHostKey = [...new Set(known.keys.flatMap(({ type }) => SIGNATURES[type] ?? [type]))];
  const stop = () => client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.on('ready', () => client.sftp((error, session) => (error ? reject(error) : resolve(session))));
      client.on('error', reject);
      client.on('close', () => reject(new Error('the connection was cut')));
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
        finish(prompts.map(() => password ?? '')),
      );
      client.connect({
        host,
        port,
        username: user,
        password,
        privateKey,
        passphrase,
        tryKeyboard: password !== undefined,
        readyTimeout: policy.connectMs,
        algorithms: { serverHostKey: serverHostKey as never },
        hostVerifier: (key: Buffer) => {
          refusal = judge(key, server);
          return refusal === undefined;
        },
      });
    });
    return {
      sftp,
      [Symbol.dispose]() {
        signal.removeEventListener('abort', stop);
        client.destroy();
      },
    };
  } catch (error) {
    signal.removeEventListener('abort', stop);
    client.destroy();
    signal.throwIfAborted();
    throw refusal ?? failure(error, server, policy);
  }
}

function judge(key: Buffer, server: SftpServer): AttemptFailure | undefined {
  const text = key.toString('base64');
  const fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
  const where = `${server.host}:${server.port}`;
  if (server.known.revoked.some((revoked) => revoked.key === text)) {
    return hostKeyFailure(server, `the host key of ${where} (${fingerprint}) is revoked`);
  }
  if (server.known.keys.some((known) => known.key === text)) return undefined;
  return hostKeyFailure(server, `the host key of ${where} has changed: it is now ${fingerprint}`);
}

function hostKeyFailure(server: SftpServer, message: string): AttemptFailure {
  const error = new LifecycleError('SRC_HOST_KEY', message, {
    hint: `verify the key with the owner of the server, then add it to ${server.knownHostsFile}`,
  });
  return new AttemptFailure(error, { passing: false });
}

function failure(error: unknown, server: SftpServer, policy: TransferPolicy): AttemptFailure {
  const where = `${server.host}:${server.port}`;
  const level = error instanceof Error && 'level' in error ? error.level : undefined;
  const text = error instanceof Error ? error.message : String(error);
  if (level === 'client-authentication' || /parse.*privateKey|passphrase/i.test(text)) {
    const said = maskSecrets(text, [server.password, server.passphrase]);
    return new AttemptFailure(
      new LifecycleError('SRC_CREDENTIALS', `${where} refuses ${server.user}: ${said}`, {
        hint: 'check user, password and key; docs/sources.md lists the variables',
        cause: error,
      }),
      { passing: false },
    );
  }
  if (/no matching host key/i.test(text)) {
    return hostKeyFailure(server, `${where} has no host key of a kind that is known of it`);
  }
  if (level === 'client-timeout') return timeout(where, `no connection within ${formatSeconds(policy.connectMs)}`);
  return networkFailure(error, where);
}
