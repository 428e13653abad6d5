import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Engine, type Row } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { asLifecycleError } from '../../src/errors.ts';
import { templateIdFrom } from '../../src/ids.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import type { IngestRequest } from '../../src/ingest/plan.ts';
import { type SoundTemplate, sound } from '../../src/project/find.ts';
import { loadTemplate } from '../../src/project/load-template.ts';
import { type Reporter, silentReporter, textReporter } from '../../src/report.ts';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { type IngestStore, openIngestStore } from '../../src/store/ingest.ts';
import { storeLayout } from '../../src/store/layout.ts';
import type { PublishResult } from '../../src/store/publish-version.ts';
import { type Outcome, outcomeOf } from '../builds/workbench.ts';
import { answerHere } from '../here.ts';

export const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');

/** A test, or a suite of them. */
export interface Ends {
  after(work: () => unknown): void;
}

/** A temporary directory that goes with the test. */
export async function scratch(test: Ends): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-ingest-'));
  test.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function id(text: string) {
  return templateIdFrom(text)!;
}

interface Here {
  env?: Record<string, string>;
  reporter?: Reporter;
  /** From which size on a CSV file is read as a large one. */
  lookThroughBytes?: number | undefined;
}

/** A project of templates, its store in `.lifecycle` inside it, and the real binary to work on both. */
export class IngestProject {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  static async make(test: Ends): Promise<IngestProject> {
    const project = new IngestProject(await scratch(test));
    await mkdir(path.join(project.dir, 'ingest_templates'));
    return project;
  }

  get storeDir(): string {
    return path.join(this.dir, '.lifecycle');
  }

  get store(): IngestStore {
    return openIngestStore(storeLayout(this.storeDir));
  }

  /** A template of a CSV file by default; `ingestion` is laid over that. JSON is YAML. */
  async template(name: string, ingestion: Record<string, unknown> = {}): Promise<void> {
    const definition = {
      id: name,
      attributes: { name: `Name of ${name}` },
      ingestion: {
        source: { type: 'local_file', path: `${name}.csv` },
        file_format: { type: 'csv' },
        ...ingestion,
      },
    };
    await this.templateText(name, JSON.stringify(definition));
  }

  async templateText(name: string, yaml: string): Promise<void> {
    await this.write(path.join('ingest_templates', `${name}.yml`), yaml);
  }

  async write(name: string, content: string | Buffer): Promise<string> {
    const file = path.join(this.dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  #env(more: Record<string, string>) {
    return { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV, ...more };
  }

  /** Starts the binary; `preload` is a module that Node loads before it. */
  start(args: readonly string[], env: Record<string, string> = {}, preload?: string): ChildProcess {
    const all = ['--project', this.dir, ...args];
    const [command, ...rest] = preload
      ? [path.join(INSTALLATION, 'bin/node'), '--import', preload, path.join(INSTALLATION, 'bin/main.mjs'), ...all]
      : [path.join(INSTALLATION, 'bin/lifecycle'), ...all];
    return spawn(command!, rest, {
      cwd: this.dir,
      env: this.#env(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(args: readonly string[], env: Record<string, string> = {}, preload?: string): Promise<Outcome> {
    return outcomeOf(this.start(args, env, preload));
  }

  /** What the binary answers, without the start of a process. */
  runHere(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return answerHere(['--project', this.dir, ...args], { cwd: this.dir, env: this.#env(env) });
  }

  async runJson<T>(args: readonly string[]): Promise<Outcome & { document: T }> {
    const outcome = await this.run(['--json', ...args]);
    return { ...outcome, document: JSON.parse(outcome.stdout) as T };
  }

  /** What `lifecycle ingest` does, in this process: the same code without the start of a process. */
  async ingestHere(name: string, request: IngestRequest, how: Here = {}): Promise<PublishResult> {
    return this.#ingest(sound((await loadTemplate(this.dir, name))!), request, how);
  }

  #ingest(template: SoundTemplate, request: IngestRequest, how: Here): Promise<PublishResult> {
    const settings = settingsFrom(
      { LIFECYCLE_VENV: VENV, ...how.env },
      { project: this.dir, cwd: this.dir, stderrIsTerminal: false },
    );
    const { reporter = silentReporter, lookThroughBytes } = how;
    return ingest(template, request, {
      settings,
      reporter,
      signal: new AbortController().signal,
      lookThroughBytes,
    });
  }

  /** The same, and what `lifecycle ingest` says of it and ends with. */
  async tellHere(name: string, request: IngestRequest = { version: 'v1' }, how: Here = {}): Promise<Outcome> {
    let stderr = '';
    const write = (text: string) => {
      stderr += text;
    };
    const reporter = textReporter({ write, isTerminal: false, color: false }, false);
    const { describeIngest, templateOf } = await import('../../src/cli/ingest.ts');
    try {
      const result = await this.#ingest(await templateOf(this.dir, name), request, { ...how, reporter });
      return { code: 0, signal: null, stdout: `${describeIngest(result)}\n`, stderr };
    } catch (error) {
      const failure = asLifecycleError(error);
      reporter.error(failure);
      return { code: failure.exitCode, signal: null, stdout: '', stderr };
    }
  }

  /** A file of a published version, by its path below `.lifecycle/ingest`. */
  read(...names: string[]): Promise<string> {
    return readFile(path.join(this.storeDir, 'ingest', ...names), 'utf8');
  }

  async readJson(...names: string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.read(...names)) as Record<string, unknown>;
  }

  /** Names in a directory of the store; none where there is no such directory. */
  list(...names: string[]): Promise<string[]> {
    return readdir(path.join(this.storeDir, ...names)).then(
      (found) => found.sort(),
      () => [],
    );
  }

  /** The rows of a query, `FILE` in it standing for a published parquet file. */
  query(sql: string, template: string, version: string, dataset = template): Promise<Row[]> {
    const file = path.join(this.storeDir, 'ingest', template, version, dataset, `${dataset}.parquet`);
    return rowsOf(sql.replaceAll('FILE', `read_parquet(${literal(file)})`), this.dir);
  }
}

/** The rows of a query in a DuckDB of its own. */
export async function rowsOf(sql: string, temporaryDir: string): Promise<Row[]> {
  const engine = await Engine.open({ venvDir: VENV, temporaryDir });
  try {
    await engine.load('spatial');
    return await engine.rows(sql);
  } finally {
    engine.close();
  }
}
