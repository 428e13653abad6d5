import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFile } from '../checks/check-file.ts';
import { Engine } from '../engine/engine.ts';
import { literalList } from '../engine/sql.ts';
import type { WantedCheck } from '../project/dataset-checks.ts';
import { loadProject } from '../project/load.ts';
import type { Column } from '../project/project.ts';
import type { CheckResult } from '../store/check-result.ts';
import { formatJson } from '../store/files.ts';
import { resolveData } from '../store/reference.ts';
import { DEFAULT_READ_LIMITS } from './formats/limits.ts';
import type { IngestContext } from './ingest.ts';
import type { Reviewed } from './review.ts';

/** What came of the checks of a dataset, beside its parquet file. */
const CHECKS_FILE = 'checks.json';

/** A dataset that has been written, and what is asked of its rows and columns. */
export interface Examined {
  reviewed: Reviewed;
  columns: readonly Column[];
  wanted: readonly WantedCheck[];
}

interface Where {
  /** The directory that becomes the version's. */
  versionDir: string;
  /** For what does not fit into memory. */
  workDir: string;
  /** When the version is made. */
  started: Date;
  placeOf: (dataset: string, wanted: WantedCheck) => string | null;
}

/**
 * Carries out the checks of a version's datasets, in a database that reaches their files and no others, and writes what
 * came of them beside each. Datasets of which nothing is asked are given back as they are.
 */
export async function carryOutChecks(
  examined: readonly Examined[],
  { versionDir, workDir, started, placeOf }: Where,
  context: IngestContext,
): Promise<Reviewed[]> {
  if (examined.every(({ wanted }) => wanted.length === 0)) return examined.map(({ reviewed }) => reviewed);
  const { settings, signal } = context;
  const limits = { ...DEFAULT_READ_LIMITS, ...settings.value('LIFECYCLE_READ_LIMITS') };
  const scope = {
    storeDir: settings.storeDir,
    cwd: settings.projectDir,
    loadProject: () => loadProject(settings.projectDir),
  };
  const others = await referenced(examined, scope);
  const engine = await Engine.open({
    venvDir: settings.venvDir,
    temporaryDir: workDir,
    memoryLimit: limits.memoryBytes,
  });
  using _stopping = engine.stoppedBy(signal);
  try {
    if (examined.some(({ reviewed }) => reviewed.dataset.columns.some(({ type }) => type.startsWith('GEOMETRY'))))
      await engine.load('spatial');
    const fileOf = ({ dataset }: Reviewed) => path.join(versionDir, dataset.path);
    const found = [...others.values()].flatMap((other) => ('file' in other ? [other.file] : []));
    const reachable = [...examined.map(({ reviewed }) => fileOf(reviewed)), ...found];
    await engine.run(`SET allowed_paths = ${literalList(reachable)}`);
    await engine.run('SET enable_external_access = false');
    const done: Reviewed[] = [];
    for (const { reviewed, columns, wanted } of examined) {
      if (wanted.length === 0) {
        done.push(reviewed);
        continue;
      }
      const { dataset } = reviewed;
      const checks = await checkFile(
        engine,
        {
          ...{ file: fileOf(reviewed), declared: columns, wanted, geometryColumn: dataset.geometry_column },
          columns: dataset.columns.map(({ name }) => name),
        },
        {
          now: started.toISOString(),
          placeOf: (each) => placeOf(dataset.id, each),
          async latest(name) {
            const other = others.get(name)!;
            if ('error' in other) throw other.error;
            return other;
          },
        },
      );
      await writeChecks(path.join(versionDir, path.dirname(dataset.path)), dataset.id, checks);
      done.push({ ...reviewed, checks });
    }
    return done;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    engine.close();
  }
}

function writeChecks(dir: string, dataset: string, checks: readonly CheckResult[]): Promise<void> {
  return writeFile(path.join(dir, CHECKS_FILE), formatJson({ format: 1, dataset, checks }));
}

type Other = { file: string; version: string } | { error: unknown };

/** The latest versions of the datasets that references name; one that has none fails its check, and stops nothing. */
async function referenced(
  examined: readonly Examined[],
  scope: Parameters<typeof resolveData>[0],
): Promise<Map<string, Other>> {
  const names = examined.flatMap(({ wanted }) =>
    wanted.flatMap(({ name, args }) => (name === 'references' ? [String(args.dataset)] : [])),
  );
  const found = new Map<string, Other>();
  for (const name of new Set(names)) {
    try {
      const { file, origin } = await resolveData(scope, name);
      const version = origin.kind === 'version' ? origin.version : 'file';
      found.set(name, { file, version });
    } catch (error) {
      found.set(name, { error });
    }
  }
  return found;
}
