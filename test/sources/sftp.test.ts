import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { connectorFor } from '../../src/sources/index.ts';
import type { TransferPolicy } from '../../src/sources/transfer/policy.ts';
import { failsWith, IMPATIENT, scene } from './fixture.ts';
import { relayTo, type SshServer, sshServerMissing, startSshServer } from './ssh-server.ts';

const LARGE = randomBytes(3_000_000);
const missing = await sshServerMissing();

describe('SFTP sources', { skip: missing ?? false }, () => {
  let dir: string;
  let inbox: string;
  let server: SshServer;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-sftp-'));
    inbox = path.join(dir, 'FromDOF (pts@example.org)');
    await mkdir(inbox);
    await writeFile(path.join(inbox, 'PTS_Propmast.gz'), Buffer.concat([Buffer.from([0x1f, 0x8b]), LARGE]));
    await writeFile(path.join(inbox, 'empty.csv'), '');
    await utimes(path.join(inbox, 'PTS_Propmast.gz'), 1_700_000_000, 1_700_000_000);
    server = await startSshServer(dir);
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  async function knownHosts(port: number, hostKey = server.hostKey): Promise<string> {
    const file = path.join(dir, `known_hosts_${port}_${createHash('md5').update(hostKey).digest('hex')}`);
    await writeFile(file, `# of the test\n[127.0.0.1]:${port} ${hostKey}\n`);
    return file;
  }

  async function fetch(
    file: string,
    options: { port?: number; env?: Record<string, string>; policy?: Partial<TransferPolicy> } = {},
  ) {
    const port = options.port ?? server.port;
    const env = {
      SFTP_HOST: '127.0.0.1',
      SFTP_PORT: String(port),
      SFTP_USER: server.user,
      SFTP_PRIVATE_KEY_PATH: server.keyFile,
      SFTP_KNOWN_HOSTS: await knownHosts(port),
      ...options.env,
    };
    await using stage = await scene({ env, policy: { ...IMPATIENT, ...options.policy } });
    try {
      const fetched = await (await connectorFor('ginger')).fetch({ key: file }, stage.destination, stage.context);
      return { ...fetched, content: await readFile(fetched.path) };
    } catch (error) {
      assert.deepEqual(await readdir(stage.destination), []);
      throw error;
    }
  }

  it('brings a file whole, with its time', async () => {
    const fetched = await fetch(path.join(inbox, 'PTS_Propmast.gz'));
    assert.equal(fetched.filename, 'PTS_Propmast.gz');
    assert.deepEqual(fetched.content.subarray(2), LARGE);
    assert.equal(fetched.facts.last_modified, '2023-11-14T22:13:20.000Z');
    assert.equal(fetched.facts.bytes, LARGE.length + 2);
  });

  it('fault 15: resumes after cuts, and gives up on a server that always falls silent', async () => {
    await using cutting = await relayTo(server.port, (n) => (n <= 2 ? { cutAfter: 1_000_000 } : {}));
    const fetched = await fetch(path.join(inbox, 'PTS_Propmast.gz'), { port: cutting.port });
    assert.deepEqual(fetched.content.subarray(2), LARGE);
    assert.equal(fetched.facts.resumed, 2);
    await using silent = await relayTo(server.port, () => ({ silentAfter: 500_000 }));
    const policy = { attempts: 2, idleMs: 300, totalMs: 5_000 };
    await failsWith('SRC_TIMEOUT', fetch(path.join(inbox, 'PTS_Propmast.gz'), { port: silent.port, policy }));
  });

  it('says what is there in place of what is not', async () => {
    const absent = await failsWith('SRC_NOT_FOUND', fetch(path.join(inbox, 'CAMA.zip')));
    assert.match(absent.hint ?? '', /holds PTS_Propmast\.gz, empty\.csv/);
    await failsWith('SRC_NOT_FOUND', fetch('/no/such/folder/CAMA.zip'));
    await failsWith('SRC_EMPTY', fetch(path.join(inbox, 'empty.csv')));
  });

  it('refuses a host key that is unknown, changed or revoked', async () => {
    const file = path.join(inbox, 'PTS_Propmast.gz');
    const other = ssh2.utils.generateKeyPairSync('ed25519').public;
    const env = async (hostKey: string) => ({ SFTP_KNOWN_HOSTS: await knownHosts(server.port, hostKey) });
    const unknown = await failsWith('SRC_HOST_KEY', fetch(file, { env: { SFTP_KNOWN_HOSTS: '/no/such/file' } }));
    assert.match(unknown.hint ?? '', /\/no\/such\/file/);
    const changed = await failsWith('SRC_HOST_KEY', fetch(file, { env: await env(other) }));
    assert.match(changed.message, /has changed: it is now SHA256:/);
    const revoked = path.join(dir, 'revoked');
    const name = `[127.0.0.1]:${server.port}`;
    await writeFile(revoked, `${name} ${server.hostKey}\n@revoked * ${server.hostKey}\n`);
    assert.match(
      (await failsWith('SRC_HOST_KEY', fetch(file, { env: { SFTP_KNOWN_HOSTS: revoked } }))).message,
      /revoked/,
    );
    const rsa = await env('ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==');
    await failsWith('SRC_HOST_KEY', fetch(file, { env: rsa }));
  });

  it('names the variables of missing credentials, and refuses wrong ones without showing them', async () => {
    const file = path.join(inbox, 'PTS_Propmast.gz');
    const none = await failsWith('SRC_CREDENTIALS', fetch(file, { env: { SFTP_PRIVATE_KEY_PATH: '' } }));
    assert.match(none.hint ?? '', /SFTP_HOST.*lifecycle_ginger/);
    const stranger = ssh2.utils.generateKeyPairSync('ed25519').private;
    const keyFile = path.join(dir, 'stranger_key');
    await writeFile(keyFile, stranger);
    await failsWith('SRC_CREDENTIALS', fetch(file, { env: { SFTP_PRIVATE_KEY_PATH: keyFile } }));
    await failsWith('SRC_CREDENTIALS', fetch(file, { env: { SFTP_PRIVATE_KEY_PATH: '/no/such/key' } }));
    const password = { SFTP_PRIVATE_KEY_PATH: '', SFTP_PASSWORD: 'swordfish' };
    const refused = await failsWith('SRC_CREDENTIALS', fetch(file, { env: password }));
    assert.doesNotMatch(`${refused.message} ${refused.hint}`, /swordfish/);
  });

  it('takes everything from an Airflow connection', async () => {
    const extra = { key_file: server.keyFile, host_key: server.hostKey };
    const connection = { conn_type: 'sftp', host: '127.0.0.1', port: server.port, login: server.user, extra };
    const empty = { SFTP_HOST: '', SFTP_PORT: '', SFTP_USER: '', SFTP_PRIVATE_KEY_PATH: '', SFTP_KNOWN_HOSTS: '' };
    const env = { ...empty, AIRFLOW_CONN_LIFECYCLE_GINGER: JSON.stringify(connection) };
    assert.deepEqual((await fetch(path.join(inbox, 'PTS_Propmast.gz'), { env })).content.subarray(2), LARGE);
  });

  it('stops at once when told to', async () => {
    await using silent = await relayTo(server.port, () => ({ silentAfter: 500_000 }));
    const env = {
      SFTP_HOST: '127.0.0.1',
      SFTP_PORT: String(silent.port),
      SFTP_USER: server.user,
      SFTP_PRIVATE_KEY_PATH: server.keyFile,
      SFTP_KNOWN_HOSTS: await knownHosts(silent.port),
    };
    await using stage = await scene({ env, policy: {} });
    const reason = new Error('told to stop');
    setTimeout(() => stage.controller.abort(reason), 500);
    const args = { key: path.join(inbox, 'PTS_Propmast.gz') };
    await assert.rejects((await connectorFor('ginger')).fetch(args, stage.destination, stage.context), reason);
    assert.deepEqual(await readdir(stage.destination), []);
  });
});

describe('axway', () => {
  it('logs in by password, plain or asked for by keyboard', async () => {
    const hostKeys = ssh2.utils.generateKeyPairSync('ed25519');
    for (const method of ['password', 'keyboard-interactive'] as const) {
      const server = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
        client.on('error', () => {});
        client.on('authentication', (attempt) => {
          const judge = (password: string | undefined) =>
            password === 'swordfish' ? attempt.accept() : attempt.reject([method]);
          if (attempt.method === 'password' && method === 'password') judge(attempt.password);
          else if (attempt.method === 'keyboard-interactive' && method === 'keyboard-interactive') {
            attempt.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => judge(answer));
          } else attempt.reject([method]);
        });
        client.on('session', (accept) => accept().on('sftp', (open) => serveOneFile(open(), 'id\n1\n')));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const env = (password: string) => ({
        AXWAY_SFTP_HOST: '127.0.0.1',
        AXWAY_SFTP_PORT: String(port),
        AIRFLOW_CONN_LIFECYCLE_AXWAY: JSON.stringify({ login: 'dcp', password, extra: { host_key: hostKeys.public } }),
      });
      try {
        await using stage = await scene({ env: env('swordfish') });
        const connector = await connectorFor('axway');
        const fetched = await connector.fetch({ key: 'FromDOF/a.csv' }, stage.destination, stage.context);
        assert.equal(await readFile(fetched.path, 'utf8'), 'id\n1\n');
        await using wrong = await scene({ env: env('wrong-secret') });
        const refused = connector.fetch({ key: 'FromDOF/a.csv' }, wrong.destination, wrong.context);
        const error = await failsWith('SRC_CREDENTIALS', refused);
        assert.doesNotMatch(JSON.stringify([error.message, error.hint]), /wrong-secret/);
      } finally {
        server.close();
      }
    }
  });
});

/** The few requests that reading one small file takes, answered in pieces of two bytes. */
function serveOneFile(sftp: ssh2.SFTPWrapper, content: string): void {
  const attributes = { mode: 0o100644, uid: 0, gid: 0, size: content.length, atime: 0, mtime: 0 };
  sftp.on('STAT', (id) => sftp.attrs(id, attributes));
  sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('1')));
  sftp.on('READ', (id, _handle, offset, length) => {
    const part = content.slice(offset, offset + Math.min(2, length));
    if (part === '') sftp.status(id, ssh2.utils.sftp.STATUS_CODE.EOF);
    else sftp.data(id, Buffer.from(part));
  });
  sftp.on('CLOSE', (id) => sftp.status(id, ssh2.utils.sftp.STATUS_CODE.OK));
}
