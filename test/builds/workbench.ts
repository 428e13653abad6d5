import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { parseVersion, templateIdFrom } from '../../src/ids.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { hashFile, hashFiles } from '../../src/store/files.ts';
import { openIngestStore } from '../../src/store/ingest.ts';
import type { DatasetRecord, IngestRecord } from '../../src/store/ingest-record.ts';
import { storeLayout } from '../../src/store/layout.ts';
import { answerHere } from '../here.ts';

const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface ProductFacts {
  id: string;
  /** recipe.yml; a product without one has none. */
  recipe?: string;
  command?: string;
  env?: Record<string, string>;
  /** Further files in the product's folder. */
  files?: Record<string, string>;
}

/** A project in a temporary directory, its store, and the real binary to work on it. */
export class Workbench {
  readonly dir: string;
  readonly #products: ProductFacts[] = [];
  #engine: Promise<Engine> | undefined;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(test: TestContext): Promise<Workbench> {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-builds-'));
    const bench = new Workbench(dir);
    test.after(async () => {
      (await bench.#engine)?.close();
      await rm(dir, { recursive: true, force: true });
    });
    await mkdir(path.join(dir, 'ingest_templates'));
    return bench;
  }

  get store(): string {
    return path.join(this.dir, '.lifecycle');
  }

  partition(product: string, key: string): string {
    return path.join(this.store, 'builds', product, key);
  }

  async product(facts: ProductFacts): Promise<void> {
    this.#products.push(facts);
    const folder = path.join(this.dir, 'products', facts.id);
    await mkdir(folder, { recursive: true });
    if (facts.recipe !== undefined) await writeFile(path.join(folder, 'recipe.yml'), facts.recipe);
    for (const [name, text] of Object.entries(facts.files ?? {})) await writeFile(path.join(folder, name), text);
    const list = this.#products.map(({ id, command, env }) => ({ id, build_command: command ?? null, env: env ?? {} }));
    // JSON is YAML.
    await writeFile(path.join(this.dir, 'products', 'products.yml'), JSON.stringify({ products: list }));
  }

  /** Publishes a version of a dataset whose rows `sql` gives, as an ingest would have. */
  async ingested(
    id: string,
    version: string,
    sql: string,
    options: { geometry?: string; csv?: boolean; overwrite?: boolean } = {},
  ) {
    const layout = storeLayout(this.store);
    const staged = path.join(this.store, '.staging', `seed-${id}-${version}`);
    await mkdir(path.join(staged, id), { recursive: true });
    const parquet = path.join(staged, id, `${id}.parquet`);
    this.#engine ??= Engine.open({ venvDir: VENV, temporaryDir: this.dir });
    const engine = await this.#engine;
    if (options.geometry) await engine.load('spatial');
    await engine.run(`COPY (${sql}) TO ${literal(parquet)} (FORMAT parquet)`);
    if (options.csv) {
      await engine.run(`COPY (${sql}) TO ${literal(path.join(staged, id, `${id}.csv`))} (FORMAT csv, HEADER)`);
    }
    const columns = await engine.describe(sql);
    const { n } = await engine.row(`SELECT count(*) AS n FROM (${sql})`);
    const config = { id, attributes: { name: `Name of ${id}`, url: `https://example.org/${id}` } };
    await writeFile(path.join(staged, id, 'config.json'), JSON.stringify(config));
    const dataset: DatasetRecord = {
      id,
      path: `${id}/${id}.parquet`,
      rows: Number(n),
      columns,
      crs: options.geometry ? 'EPSG:4326' : null,
      geometry_column: options.geometry ?? null,
      geometry_types: [],
      bbox: null,
    };
    const record: IngestRecord = {
      format: 1,
      template: id,
      version,
      created: '2026-01-02T03:04:05Z',
      runner: 'native',
      mode: null,
      previous: null,
      source: { type: 'test' },
      raw: null,
      datasets: [dataset],
      files: await hashFiles(staged),
      timings: {},
    };
    await openIngestStore(layout).publish({
      id: templateIdFrom(id)!,
      version: parseVersion(version),
      dir: staged,
      record,
      overwrite: options.overwrite ?? false,
      latest: true,
    });
  }

  /** Lays a file beside an ingested version's parquet, and into its record. */
  async addFile(id: string, version: string, name: string, content: string): Promise<void> {
    const dir = path.join(this.store, 'ingest', id, version);
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), content);
    const file = path.join(dir, 'record.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as IngestRecord;
    record.files.push({ path: name, ...(await hashFile(path.join(dir, name))) });
    await writeFile(file, JSON.stringify(record));
  }

  #env(more: Record<string, string>) {
    return { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV, ...more };
  }

  start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(path.join(INSTALLATION, 'bin', 'lifecycle'), ['--project', this.dir, ...args], {
      env: this.#env(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return outcomeOf(this.start(args, env));
  }

  /** What the binary answers, without the start of a process. */
  runHere(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return answerHere(['--project', this.dir, ...args], { cwd: process.cwd(), env: this.#env(env) });
  }

  async runJson<T>(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome & { document: T }> {
    const outcome = await this.run(['--json', ...args], env);
    return { ...outcome, document: JSON.parse(outcome.stdout) as T };
  }

  async runJsonHere<T>(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome & { document: T }> {
    const outcome = await this.runHere(['--json', ...args], env);
    return { ...outcome, document: JSON.parse(outcome.stdout) as T };
  }

  read(product: string, key: string, file: string): Promise<string> {
    return readFile(path.join(this.partition(product, key), file), 'utf8');
  }
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Command lines of running processes that hold a text. */
export function processesWith(text: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile('ps', ['-eo', 'pid,stat,args'], { maxBuffer: 1 << 26 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout.split('\n').filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line)));
    });
  });
}
