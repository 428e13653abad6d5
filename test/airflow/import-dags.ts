import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { airflowConfiguration } from '../../src/airflow/configuration.ts';
import { baseEnvironment, DAGS_FOLDER, pythonEnvironment } from '../../src/airflow/environment.ts';
import type { Manifest } from '../../src/airflow/manifest.ts';
import { writeManifest } from '../../src/airflow/manifest-file.ts';
import { ensureSecrets } from '../../src/airflow/secrets.ts';
import { settingsFrom } from '../../src/settings/settings.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('import_dags.py', import.meta.url));

export interface DagImport {
  manifest: Manifest;
  dags: Record<string, { tasks: string[]; tags: string[] }>;
  /** Every description of an asset, by its name. */
  assets: Record<string, string[]>;
  import_errors: Record<string, string>;
  first_seconds: number;
  second_seconds: number;
  /** By the DAG that was asked for: what came, and how long it took. */
  alone: Record<string, { dags: string[]; seconds: number }>;
}

/** Imports the DAGs of a project in a Python process, as Airflow's DAG processor and its tasks do. */
export async function importDags(projectDir: string, alone: readonly string[] = []): Promise<DagImport> {
  const { manifest, report } = await inAirflow(projectDir, SCRIPT, alone);
  return { manifest, ...(report as Omit<DagImport, 'manifest'>) };
}

/** Runs a Python script as a process of Airflow's for a project. The last line that it prints is its report, as JSON. */
export async function inAirflow(
  projectDir: string,
  script: string,
  args: readonly string[],
): Promise<{ manifest: Manifest; report: unknown }> {
  const home = await mkdtemp(path.join(tmpdir(), 'lifecycle-import-'));
  try {
    const settings = settingsFrom(
      { ...process.env, LIFECYCLE_HOME: path.join(home, '.lifecycle') },
      { project: projectDir, cwd: process.cwd(), stderrIsTerminal: false },
    );
    const environment = await pythonEnvironment(settings);
    const configuration = airflowConfiguration({
      settings,
      secrets: await ensureSecrets(settings.airflowHome),
      databaseUrl: `sqlite:///${path.join(home, 'airflow.db')}`,
      port: 8080,
    });
    const { manifest } = await writeManifest(settings, configuration.LIFECYCLE_MANIFEST!);
    const { stdout } = await run(environment.python, [script, DAGS_FOLDER, ...args], {
      env: { ...baseEnvironment(settings, environment), ...configuration },
      maxBuffer: 1 << 28,
    });
    return { manifest, report: JSON.parse(stdout.trim().split('\n').at(-1)!) };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
