import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { Engine } from '../../../engine/engine.ts';
import { identifier } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { BuildContext } from '../../build-options.ts';
import type { LoadedTable } from '../duckdb.ts';
import { tableNames } from '../engine-names.ts';
import { mayHoldGeometry } from '../input-columns.ts';
import type { VerifiedInput } from '../verify-inputs.ts';
import { loadDump } from './load-dump.ts';
import { attach, loadTable } from './load-table.ts';
import { claimSchema, prepareLoading, swapIn } from './schema-swap.ts';
import { connect } from './server.ts';
import { loadSourceVersions, SOURCE_VERSIONS_TABLE } from './source-versions.ts';
import type { PostgresTarget } from './target.ts';

/** One session keeps one core of ours and one of the server busy; two fill the gaps of each other. */
const SESSIONS = 2;
const SESSION_MEMORY = 512 * 1024 * 1024;
const PROGRESS_MS = 1_000;

interface PostgresLoad {
  target: PostgresTarget;
  schema: string;
  tests: string;
  /** Says which build's load this is. */
  mark: string;
  /** The text of source_data_versions.csv. */
  sourceVersions: string;
  temporaryDir: string;
}

/**
 * Loads inputs into the build's schema. They go into a schema beside it, a transaction a table, and take its place at
 * the end; a load that fails leaves the schema as it was.
 */
export async function loadPostgres(
  context: BuildContext,
  inputs: readonly VerifiedInput[],
  load: PostgresLoad,
): Promise<LoadedTable[]> {
  const tables = tableNames(inputs);
  if (tables.has(SOURCE_VERSIONS_TABLE)) {
    throw new LifecycleError('BLD_LOAD_FAILED', `the table ${SOURCE_VERSIONS_TABLE} is made by the load itself`, {
      hint: 'give the input another name with import_as',
    });
  }
  const client = await connect(load.target);
  const stop = () => void cancelStatement(load.target, client);
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    await claimSchema(client, load.schema);
    const loading = await prepareLoading(client, load.schema, inputs.some(mayHoldGeometry));
    try {
      const queue = [...tables].sort(([, a], [, b]) => (b.bytes ?? 0) - (a.bytes ?? 0));
      const loaded = await Promise.all(
        Array.from({ length: Math.min(SESSIONS, queue.length) }, (_, i) =>
          session(context, client, load, loading, queue, i),
        ),
      );
      await loadSourceVersions(client, loading, load.sourceVersions);
      context.signal.throwIfAborted();
      const names = [...tables.keys(), SOURCE_VERSIONS_TABLE];
      await swapIn(client, { schema: load.schema, loading, tests: load.tests, tables: names, mark: load.mark });
      const order = [...tables.keys()];
      return loaded
        .flat()
        .map((table) => ({ ...table, schema: load.schema }))
        .sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
    } catch (error) {
      context.signal.removeEventListener('abort', stop);
      await client.query(`DROP SCHEMA IF EXISTS ${identifier(loading)} CASCADE`).catch(() => {});
      throw error;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

/** Ends what a connection is doing, such as waiting for somebody who reads a table that is to be replaced. */
async function cancelStatement(target: PostgresTarget, client: pg.Client): Promise<void> {
  try {
    const other = await connect(target);
    await other.query('SELECT pg_cancel_backend($1)', [(client as pg.Client & { processID: number }).processID]);
    await other.end();
  } catch {
    // The server is gone, and with it what it was doing.
  }
}

/** Takes tables from the queue until it is empty or another session has failed. */
async function session(
  context: BuildContext,
  client: pg.Client,
  load: PostgresLoad,
  loading: string,
  queue: [string, VerifiedInput][],
  index: number,
): Promise<LoadedTable[]> {
  const temporaryDir = path.join(load.temporaryDir, String(index));
  await mkdir(temporaryDir, { recursive: true });
  const { venvDir } = context.settings;
  const engine = await Engine.open({ venvDir, temporaryDir, memoryLimit: SESSION_MEMORY });
  using _stopping = engine.stoppedBy(context.signal);
  const loaded: LoadedTable[] = [];
  let attached = false;
  try {
    for (let next = queue.shift(); next; next = queue.shift()) {
      context.signal.throwIfAborted();
      const [table, input] = next;
      const place = { schema: loading, table };
      const label = `${input.id} ${input.version ?? ''}`;
      const work = async () => {
        if (input.file_type === 'pg_dump') {
          return loadDump(client, load.target, input, place, context.settings.value('PATH'));
        }
        if (!attached) {
          await attach(engine, load.target);
          attached = true;
        }
        if (mayHoldGeometry(input)) await engine.load('spatial');
        return loadTable(engine, input, place);
      };
      const watch = watchProgress(context, client, place, label, input.rows);
      try {
        loaded.push(await context.reporter.step(`loaded ${label} into ${load.schema}.${table}`, work));
      } catch (cause) {
        context.signal.throwIfAborted();
        if (cause instanceof LifecycleError) throw cause;
        throw new LifecycleError('BLD_LOAD_FAILED', `${label} could not be loaded into ${load.schema}.${table}`, {
          cause,
        });
      } finally {
        clearInterval(watch);
      }
    }
    return loaded;
  } catch (error) {
    // The other session need not begin another table.
    queue.length = 0;
    throw error;
  } finally {
    engine.close();
  }
}

/** PostgreSQL itself says how many rows a COPY has taken. */
function watchProgress(
  context: BuildContext,
  client: pg.Client,
  { schema, table }: { schema: string; table: string },
  label: string,
  total: number | null,
): NodeJS.Timeout {
  const name = `${identifier(schema)}.${identifier(table)}`;
  return setInterval(() => {
    client
      .query<{ n: string }>(
        `SELECT p.tuples_processed AS n FROM pg_stat_progress_copy p JOIN pg_stat_activity a USING (pid)
         WHERE a.query LIKE '%' || $1 || '%' AND a.pid <> pg_backend_pid()`,
        [name],
      )
      .then(({ rows }) => {
        const done = Number(rows[0]?.n ?? 0);
        if (done > 0) context.reporter.progress(label, done, total ?? undefined, 'rows');
      })
      .catch(() => {});
  }, PROGRESS_MS);
}
