import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const ROOT = '/usr/lib/postgresql';
/** `nobody` on Debian: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65_534;
const PASSWORD = 'p:a/s@s w0rd';

/** The programs of an installed PostgreSQL that has PostGIS, newest first; undefined where there is none. */
async function installedPostgres(): Promise<string | undefined> {
  const versions = existsSync(ROOT) ? await readdir(ROOT) : [];
  const usable = versions.filter(
    (version) =>
      existsSync(path.join(ROOT, version, 'bin', 'initdb')) &&
      existsSync(path.join('/usr/share/postgresql', version, 'extension', 'postgis.control')),
  );
  const [newest] = usable.sort((a, b) => Number(b) - Number(a));
  return newest && path.join(ROOT, newest, 'bin');
}

/** Why tests that need PostgreSQL with PostGIS cannot run here; false when they can. */
export const SKIPPED: string | false =
  (await installedPostgres()) === undefined &&
  'PostgreSQL with PostGIS is not installed: apt-get install postgresql-15 postgresql-15-postgis-3';

export interface Cluster {
  port: number;
  /** BUILD_ENGINE_SERVER and BUILD_ENGINE_DB of a fresh database; all but the first have PostGIS from the beginning. */
  database(name: string): Promise<Record<string, string>>;
  client(database: string): Promise<pg.Client>;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A PostgreSQL of its own, with a password, in a temporary directory. */
export async function startCluster(): Promise<Cluster> {
  const bin = (await installedPostgres())!;
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-postgres-'));
  const asRoot = process.getuid?.() === 0;
  const user = asRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if (asRoot) await chown(dir, UNPRIVILEGED, UNPRIVILEGED);
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: dir };
  const data = path.join(dir, 'data');
  await run(path.join(bin, 'initdb'), ['-D', data, '-U', 'builder', '--auth=trust', '--no-sync', '-E', 'UTF8'], {
    ...user,
    env,
    cwd: dir,
  });
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${dir}`, `port=${port}`];
  const server = spawn(path.join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...user,
    env,
    cwd: dir,
    stdio: 'ignore',
  });
  const client = async (database: string) => {
    const connection = new pg.Client({ host: '127.0.0.1', port, user: 'builder', database });
    connection.on('error', () => {});
    await connection.connect();
    return connection;
  };
  let admin: pg.Client | undefined;
  for (let attempt = 0; !admin; attempt++) {
    try {
      admin = await client('postgres');
    } catch (error) {
      if (attempt > 200) throw error;
      await sleep(50);
    }
  }
  await admin.query(`ALTER USER builder PASSWORD '${PASSWORD}'`);
  const connection = admin;
  let databases = 0;
  /** Copying PostGIS takes less than to install it again. */
  const withPostgis = async () => {
    await connection.query('CREATE DATABASE with_postgis');
    const inside = await client('with_postgis');
    await inside.query('CREATE EXTENSION postgis');
    await inside.end();
  };
  return {
    port,
    client,
    async database(name) {
      if (++databases === 2) await withPostgis();
      await connection.query(`CREATE DATABASE "${name}"${databases > 1 ? ' TEMPLATE with_postgis' : ''}`);
      return {
        BUILD_ENGINE_SERVER: `postgresql://builder:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
        BUILD_ENGINE_DB: name,
      };
    },
    async stop() {
      await connection.end();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
