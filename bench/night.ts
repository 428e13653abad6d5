// A whole night: all recorded templates that complete, one after another and in parallel, beside the department's engine
// doing the same: bin/node bench/night.ts FOLDER [--only TEXT] [--jobs N], with LIFECYCLE_DCPY_PYTHON.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { formatTable } from '../src/cli/table.ts';
import { INSTALLATION, settingsFrom } from '../src/settings/settings.ts';
import { pythonTools } from '../test/python-environment.ts';
import { departmentCommand, type Measured, measure } from './measure.ts';

const execute = promisify(execFile);
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, jobs: { type: 'string', default: '2' } },
});
const department = process.env.LIFECYCLE_DCPY_PYTHON;
const [folder] = positionals;
if (folder === undefined || department === undefined) {
  console.error('usage: LIFECYCLE_DCPY_PYTHON=PYTHON bin/node bench/night.ts FOLDER [--only TEXT] [--jobs N]');
  process.exit(2);
}
const work = path.join(INSTALLATION, 'build', 'bench-night');
const lifecycle = path.join(INSTALLATION, 'bin', 'lifecycle');
const SIDES = ['ours', 'department'] as const;
type Side = (typeof SIDES)[number];

/** One dataset of the night. */
interface Job {
  name: string;
  command: Record<Side, string[]>;
  /** Brings everything back to how it was before the first run. */
  reset: () => Promise<void>;
}

interface Recorded {
  template: string;
  version: string;
  mode: string | null;
  input: string;
  status: string;
  prev?: string;
  python_script?: boolean;
}

async function jobOf(name: string): Promise<Job | undefined> {
  const recorded = path.join(folder!, name);
  const meta = path.join(recorded, 'meta.json');
  if (!existsSync(meta)) return undefined;
  const of = JSON.parse(await readFile(meta, 'utf8')) as Recorded;
  if (of.status !== 'ok' || of.python_script) return undefined;
  const project = path.join(work, name);
  const templates = path.join(project, 'ingest_templates');
  const input = path.join(project, 'input', of.input);
  const before = path.join(project, 'input', of.prev ?? 'prev.parquet');
  await mkdir(templates, { recursive: true });
  await cp(path.join(recorded, 'template.yml'), path.join(templates, `${of.template}.yml`));
  await cp(path.join(recorded, 'input'), path.join(project, 'input'), { recursive: true });
  const previous = existsSync(before) ? before : undefined;
  const output = path.join(project, 'department');
  return {
    name,
    command: {
      ours: [
        ...[lifecycle, '--project', project, 'ingest', of.template, of.version, '--file', input],
        ...(of.mode ? ['--mode', of.mode] : []),
      ],
      department: departmentCommand(department!, {
        ...{ templates, id: of.template, version: of.version, output, file: input },
        ...{ mode: of.mode ?? undefined, previous },
      }),
    },
    async reset() {
      await rm(output, { recursive: true, force: true });
      await rm(path.join(project, '.lifecycle'), { recursive: true, force: true });
      if (previous) await execute(lifecycle, ['--project', project, 'adopt', of.template, '0-previous', previous]);
    },
  };
}

/** What each side took, or why one of them did not complete. */
async function oneByOne(job: Job, python: string): Promise<Record<Side, Measured> | string> {
  await job.reset();
  const took: Partial<Record<Side, Measured>> = {};
  for (const side of SIDES) {
    try {
      took[side] = await measure(python, job.command[side]);
    } catch (error) {
      return `${side}: ${(error as Error).message.trim().split('\n').at(-1)}`;
    }
  }
  return took as Record<Side, Measured>;
}

/** Seconds in which all are done, as many at a time as there are places. */
async function inParallel(jobs: readonly Job[], side: Side): Promise<number> {
  for (const job of jobs) await job.reset();
  const started = performance.now();
  const waiting = [...jobs];
  const place = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const [program, ...args] = job.command[side];
      await execute(program!, args, { maxBuffer: 1 << 28 });
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, place));
  return (performance.now() - started) / 1000;
}

const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const tools = await pythonTools(venvDir);
if ('missing' in tools) throw new Error(tools.missing);
await rm(work, { recursive: true, force: true });
const names = (await readdir(folder)).filter((name) => name.includes(values.only)).sort();
const all = (await Promise.all(names.map(jobOf))).filter((job) => job !== undefined);

const completed: Job[] = [];
const seconds = { wall: { ours: 0, department: 0 }, cpu: { ours: 0, department: 0 } };
for (const job of all) {
  const took = await oneByOne(job, tools.python);
  if (typeof took === 'string') {
    console.error(`left out ${job.name}: ${took.slice(0, 300)}`);
    continue;
  }
  completed.push(job);
  for (const side of SIDES) {
    seconds.wall[side] += took[side].wall;
    seconds.cpu[side] += took[side].cpu;
  }
  console.error(`${job.name}: ${took.ours.wall.toFixed(2)} s, ${took.department.wall.toFixed(2)} s`);
}
const parallel = {
  ours: await inParallel(completed, 'ours'),
  department: await inParallel(completed, 'department'),
};

const row = (what: string, { ours, department: theirs }: Record<Side, number>) => [
  what,
  `${ours.toFixed(1)} s`,
  `${theirs.toFixed(1)} s`,
  `${(theirs / ours).toFixed(1)}×`,
];
const columns = [
  { heading: `${completed.length} DATASETS` },
  ...['OURS', 'DEPARTMENT', 'OURS IS FASTER'].map((heading) => ({ heading, align: 'right' as const })),
];
const rows = [
  row('one after another', seconds.wall),
  row('CPU', seconds.cpu),
  row(`${values.jobs} at a time`, parallel),
];
console.log(formatTable(columns, rows).join('\n'));
await rm(work, { recursive: true, force: true });
