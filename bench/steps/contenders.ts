import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { departmentCommand, type Measured, measure } from '../measure.ts';
import { type Case, templateOf } from './case.ts';
import { floorOf, readerOf } from './raw-reader.ts';

const run = promisify(execFile);
const inInstallation = (...parts: string[]) => path.join(INSTALLATION, ...parts);

/** In the order in which they run. */
export const CONTENDERS = ['ours', 'python', 'department', 'floor'] as const;
export type Contender = (typeof CONTENDERS)[number];

export interface Bench {
  /** A project of its own; `data` holds the inputs. */
  work: string;
  data: string;
  venvDir: string;
  python: string;
  /** A Python that has the department's engine. */
  department: string | undefined;
}

/** Each measures one run of the case; absent: it has no part in it. */
export async function contendersFor(
  of: Case,
  bench: Bench,
): Promise<Partial<Record<Contender, () => Promise<Measured>>>> {
  const { work, python, department } = bench;
  const at = (...parts: string[]) => path.join(work, ...parts);
  const file = path.join(bench.data, of.input);
  const templates = at('ingest_templates');
  const template = path.join(templates, `${of.name}.yml`);
  await mkdir(templates, { recursive: true });
  await writeFile(template, templateOf(of, file));
  const previous = await previousOf(of, file, bench);
  const floor = floorOf(of, file, at('floor'), previous);
  const lifecycle = [inInstallation('bin', 'lifecycle'), '--project', work];
  return {
    async ours() {
      await emptied(at('store'));
      const env = { LIFECYCLE_HOME: at('store') };
      if (previous) {
        const [program, ...rest] = [...lifecycle, 'adopt', of.name, '1', previous];
        await run(program!, rest, { env: { ...process.env, ...env } });
      }
      return measure(python, [...lifecycle, 'ingest', of.name, '2'], env);
    },
    async python() {
      await emptied(at('python'));
      const reference = path.join(import.meta.dirname, 'reference.py');
      return measure(python, [python, reference, template, at('python'), ...(previous ? [previous] : [])]);
    },
    ...(department && {
      async department() {
        await emptied(at('department'));
        return measure(
          python,
          departmentCommand(department, { templates, id: of.name, version: '2', output: at('department'), previous }),
        );
      },
    }),
    ...(floor && {
      async floor() {
        await emptied(at('floor'));
        await writeFile(at('floor.json'), JSON.stringify(floor));
        const program = path.join(import.meta.dirname, 'floor.ts');
        return measure(python, [inInstallation('bin', 'node'), program, at('floor.json')]);
      },
    }),
  };
}

async function emptied(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
}

/** The version before as a file, for the steps that read it. */
async function previousOf(of: Case, raw: string, { venvDir, data }: Bench): Promise<string | undefined> {
  if (of.previous === undefined) return undefined;
  const file = path.join(data, `${of.name}-previous.parquet`);
  if (existsSync(file)) return file;
  const engine = await Engine.open({ venvDir, temporaryDir: data });
  try {
    await engine.run(`CREATE VIEW raw AS SELECT * FROM ${readerOf(of, raw)}`);
    await engine.run(`COPY (${of.previous}) TO ${literal(file)} (FORMAT parquet)`);
  } finally {
    engine.close();
  }
  return file;
}
