import { once } from 'node:events';
import path from 'node:path';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import { plural } from '../counts.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { type Query, readableSql, withQuery } from '../query/session.ts';
import { besideOf, makeWhole } from '../store/whole-file.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';
import { referenceScope } from './reference-scope.ts';
import { drawRows } from './rows.ts';

interface Options {
  csv?: boolean;
  parquet?: string;
  overwrite?: boolean;
}

export function register(program: Command, run: Run): void {
  program
    .command('sql')
    .description('query versions, outputs of builds and Parquet files by their names; reads only')
    .argument('<query>', 'one SELECT; tables are ID, "ID@VERSION", "builds.PRODUCT@KEY.OUTPUT", "FILE.parquet"')
    .option('--csv', 'print CSV')
    .option('--parquet <file>', 'write a Parquet file')
    .option('--overwrite', 'replace that file if it stands')
    .action(
      run(async (context, text: string, options: Options) => {
        const { csv, parquet, overwrite = false } = options;
        if ([csv, parquet, context.json].filter(Boolean).length > 1) {
          throw new LifecycleError('LIF_USAGE', '--csv, --parquet and --json exclude each other', {
            hint: 'choose one',
          });
        }
        const scope = { ...referenceScope(context), venvDir: context.settings.venvDir, signal: context.signal };
        const running = ticking(context);
        try {
          if (parquet !== undefined) {
            const file = path.resolve(context.cwd, parquet);
            await makeWhole(file, overwrite, (beside) =>
              withQuery(scope, text, [besideOf(file)], ({ engine, sql }) =>
                engine.run(`COPY (${sql}) TO ${literal(beside)} (FORMAT parquet)`),
              ),
            );
            context.print(file);
          } else {
            await withQuery(scope, text, [], (query) =>
              (csv ? printCsv : context.json ? printJson : printTable)(query, writerTo(context.stdout)),
            );
          }
        } catch (error) {
          if (!((error as Error).cause instanceof ReaderGone)) throw error;
        } finally {
          clearInterval(running);
        }
        return undefined;
      }),
    );
}

const TICK_MS = 5_000;

/** A query says nothing before its first row; somebody who waits is told that it runs. */
function ticking({ reporter }: CommandContext): NodeJS.Timeout {
  const start = performance.now();
  return setInterval(
    () => reporter.log('info', `running for ${Math.round((performance.now() - start) / 1000)} s`),
    TICK_MS,
  ).unref();
}

/** Whoever read the result has had enough of it, as `head` has. */
class ReaderGone extends Error {}

type Write = (text: string) => Promise<void>;

/** Results may be longer than the memory: they go out as they come, as fast as they are read. */
function writerTo(stdout: Writable): Write {
  return async (text) => {
    if (stdout.writableEnded || stdout.destroyed) throw new ReaderGone();
    if (stdout.write(text)) return;
    await once(stdout, 'drain').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EPIPE' ? new ReaderGone() : error;
    });
  };
}

async function printCsv(query: Query, write: Write): Promise<void> {
  const field = (value: unknown) => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
  };
  let isFirst = true;
  for await (const { columns, rows } of query.engine.stream(await readableSql(query))) {
    const lines = [...(isFirst ? [columns] : []), ...rows].map((row) => `${row.map(field).join(',')}\n`);
    isFirst = false;
    await write(lines.join(''));
  }
}

async function printJson(query: Query, write: Write): Promise<void> {
  const tables = query.tables.map(({ name }) => name);
  const columns = await query.engine.describe(`(${query.sql})`);
  await write(`{"tables": ${JSON.stringify(tables)}, "columns": ${JSON.stringify(columns)}, "rows": [`);
  let separator = '\n';
  for await (const { columns: names, rows } of query.engine.stream(await readableSql(query))) {
    for (const row of rows) {
      await write(separator + JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
      separator = ',\n';
    }
  }
  await write('\n]}\n');
}

/** Rows that a terminal shows. */
const SHOWN = 100;

async function printTable(query: Query, write: Write): Promise<void> {
  const columns = await query.engine.describe(`(${query.sql})`);
  const shown: unknown[][] = [];
  let count = 0;
  for await (const { rows } of query.engine.stream(await readableSql(query))) {
    shown.push(...rows.slice(0, SHOWN - shown.length));
    count += rows.length;
  }
  const more = count > SHOWN ? `, of which ${SHOWN} are shown` : '';
  const lines = [...drawRows(columns, shown), '', `${plural(count, 'row')}${more}`];
  await write(`${lines.join('\n')}\n`);
}
