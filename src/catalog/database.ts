import { appendFile, copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { sitePath } from './model.ts';
import type { Kept } from './site.ts';

/** The tables of catalog.duckdb, as docs/catalog.md describes them. */
const TABLES = {
  assets: {
    ...{
      kind: 'VARCHAR',
      id: 'VARCHAR',
      name: 'VARCHAR',
      description: 'VARCHAR',
      source: 'VARCHAR',
      formats: 'VARCHAR',
    },
    ...{ latest: 'VARCHAR', newest: 'VARCHAR', made: 'TIMESTAMP', versions: 'INTEGER', problem: 'VARCHAR' },
  },
  versions: {
    ...{ template: 'VARCHAR', version: 'VARCHAR', dataset: 'VARCHAR', created: 'TIMESTAMP', runner: 'VARCHAR' },
    ...{ state: 'VARCHAR', is_latest: 'BOOLEAN', rows: 'BIGINT', rows_before: 'BIGINT', bytes: 'BIGINT' },
    ...{ sha256: 'VARCHAR', crs: 'VARCHAR', xmin: 'DOUBLE', ymin: 'DOUBLE', xmax: 'DOUBLE', ymax: 'DOUBLE' },
    ...{ seconds: 'DOUBLE', path: 'VARCHAR' },
  },
  columns: {
    ...{ template: 'VARCHAR', version: 'VARCHAR', dataset: 'VARCHAR', position: 'INTEGER' },
    ...{ name: 'VARCHAR', type: 'VARCHAR', description: 'VARCHAR' },
  },
  checks: {
    ...{ template: 'VARCHAR', version: 'VARCHAR', dataset: 'VARCHAR', check: 'VARCHAR', column: 'VARCHAR' },
    ...{ status: 'VARCHAR', message: 'VARCHAR', rows_failing: 'BIGINT', place: 'VARCHAR' },
  },
  builds: {
    ...{ product: 'VARCHAR', key: 'VARCHAR', version: 'VARCHAR', created: 'TIMESTAMP', outputs: 'INTEGER' },
    ...{ bytes: 'BIGINT', code: 'VARCHAR', commit: 'VARCHAR', seconds: 'DOUBLE' },
  },
  inputs: {
    ...{ product: 'VARCHAR', key: 'VARCHAR', input: 'VARCHAR', version: 'VARCHAR', sha256: 'VARCHAR', rows: 'BIGINT' },
  },
} as const satisfies Record<string, Record<string, string>>;

type TableName = keyof typeof TABLES;
type Value = string | number | boolean | null | undefined;
export type TableRow<T extends TableName> = { [C in keyof (typeof TABLES)[T]]: Value };

/** Whose rows a table holds, for those that are made again one owner at a time. */
const OWNER: Partial<Record<TableName, 'template' | 'product'>> = {
  ...{ versions: 'template', columns: 'template', checks: 'template', builds: 'product', inputs: 'product' },
};
const PIECE = 1_000_000;

/** Rows on their way into the tables; they lie in files, since a store may have a million columns. */
export class Rows {
  readonly dir: string;
  readonly #waiting = new Map<TableName, string[]>();
  readonly #size = new Map<TableName, number>();
  readonly tables = new Set<TableName>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(parent: string): Promise<Rows> {
    return new Rows(await mkdtemp(path.join(parent, '.rows-')));
  }

  async add<T extends TableName>(table: T, row: TableRow<T>): Promise<void> {
    const line = `${JSON.stringify(row)}\n`;
    const waiting = this.#waiting.get(table) ?? [];
    waiting.push(line);
    this.#waiting.set(table, waiting);
    const size = (this.#size.get(table) ?? 0) + line.length;
    this.#size.set(table, size);
    if (size > PIECE) await this.#flush(table);
  }

  file(table: TableName): string {
    return path.join(this.dir, `${table}.json`);
  }

  async #flush(table: TableName): Promise<void> {
    this.tables.add(table);
    await appendFile(this.file(table), (this.#waiting.get(table) ?? []).join(''));
    this.#waiting.delete(table);
    this.#size.delete(table);
  }

  async flush(): Promise<void> {
    for (const table of this.#waiting.keys()) await this.#flush(table);
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}

export const describeAssets = async (rows: Rows, kept: Iterable<Kept>): Promise<void> => {
  for (const { entry } of kept) {
    const { kind, id, problem } = entry;
    const own =
      entry.kind === 'template'
        ? {
            ...{
              name: entry.name,
              description: entry.description,
              source: entry.source,
              formats: entry.formats.join(', '),
            },
            ...{
              latest: entry.latest,
              newest: entry.versions[0]?.version ?? null,
              made: entry.versions[0]?.created ?? null,
            },
            versions: entry.versions.length,
          }
        : {
            ...{ name: null, description: null, source: null, formats: null, latest: null },
            ...{
              newest: entry.builds[0]?.key ?? null,
              made: entry.builds[0]?.created ?? null,
              versions: entry.builds.length,
            },
          };
    await rows.add('assets', { kind, id, problem, ...own });
  }
};

/**
 * Puts new rows in the place of those that their owners had; the file is replaced as a whole.
 *
 * @param owners templates and products that were read again, or are gone
 * @param isNew whether nothing of the old file is to stay
 */
export async function writeDatabase(
  { dir, venvDir }: { dir: string; venvDir: string },
  rows: Rows,
  owners: { template: readonly string[]; product: readonly string[] },
  isNew: boolean,
): Promise<void> {
  await rows.flush();
  const fresh = path.join(rows.dir, sitePath.database);
  if (!isNew) await copyFile(path.join(dir, sitePath.database), fresh);
  const engine = await Engine.open({ venvDir, temporaryDir: rows.dir, database: fresh });
  try {
    await engine.run('BEGIN');
    for (const [table, columns] of Object.entries(TABLES) as [TableName, Record<string, string>][]) {
      const list = Object.entries(columns).map(([name, type]) => `${identifier(name)} ${type}`);
      await engine.run(`CREATE TABLE IF NOT EXISTS ${identifier(table)} (${list.join(', ')})`);
      const owner = OWNER[table];
      if (!isNew) {
        const which = owner && `WHERE ${owner} IN (${owners[owner].map(literal).join(', ') || 'NULL'})`;
        await engine.run(`DELETE FROM ${identifier(table)} ${which ?? ''}`);
      }
      if (!rows.tables.has(table)) continue;
      const texts = Object.keys(columns).map((name) => `${literal(name)}: 'VARCHAR'`);
      const values = Object.entries(columns).map(([name, type]) => `CAST(${identifier(name)} AS ${type})`);
      await engine.run(
        `INSERT INTO ${identifier(table)} SELECT ${values.join(', ')} FROM read_json(${literal(rows.file(table))}, format = 'newline_delimited', columns = {${texts.join(', ')}})`,
      );
    }
    await engine.run('COMMIT');
  } finally {
    engine.close();
  }
  await rename(fresh, path.join(dir, sitePath.database));
}
