import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const SSHD = '/usr/sbin/sshd';
const run = promisify(execFile);

/** Why OpenSSH's server cannot be started here, if so. */
export async function sshServerMissing(): Promise<string | undefined> {
  try {
    await access(SSHD);
    return undefined;
  } catch {
    return 'NOT TESTED: there is no OpenSSH server (Debian package openssh-server)';
  }
}

export interface SshServer extends AsyncDisposable {
  port: number;
  user: string;
  /** The private key that opens it. */
  keyFile: string;
  /** Its line for known_hosts, without the host. */
  hostKey: string;
}

/** Starts OpenSSH's server on a free port of this machine, for the current user and one key, with files below `dir`. */
export async function startSshServer(dir: string): Promise<SshServer> {
  const key = async (name: string) => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, name)]);
    return path.join(dir, name);
  };
  const [hostKeyFile, keyFile] = [await key('host_key'), await key('user_key')];
  const authorized = path.join(dir, 'authorized_keys');
  await writeFile(authorized, await readFile(`${keyFile}.pub`));
  const port = await freePort();
  const config = path.join(dir, 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyFile}`,
      `AuthorizedKeysFile ${authorized}`,
      `PidFile none`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  // Only a server that root starts wants this directory, and only root can make it.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  for (let waited = 0; !output.includes('Server listening'); waited += 20) {
    if (child.exitCode !== null || waited > 5_000) throw new Error(`sshd did not start: ${output}`);
    await sleep(20);
  }
  const hostKey = (await readFile(`${hostKeyFile}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  return {
    port,
    user: userInfo().username,
    keyFile,
    hostKey,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Relay extends AsyncDisposable {
  port: number;
  connections: number;
}

/** A way to `port` that treats each connection as it is told to: cut after so many bytes, or gone silent. */
export async function relayTo(
  port: number,
  fate: (connection: number) => { cutAfter?: number; silentAfter?: number },
): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  const relay: Relay = {
    port: 0,
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  const server = net.createServer((client) => {
    const { cutAfter = Number.POSITIVE_INFINITY, silentAfter = Number.POSITIVE_INFINITY } = fate(++relay.connections);
    const upstream = net.connect(port, '127.0.0.1');
    let bytes = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > cutAfter) client.destroy();
      else if (bytes <= silentAfter) client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay.port = (server.address() as AddressInfo).port;
  return relay;
}
