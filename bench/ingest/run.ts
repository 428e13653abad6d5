// Times of ingest beside the usual Python tools, in one run: bin/node bench/ingest/run.ts [--runs N] [--only NAME]
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { formatTable } from '../../src/cli/table.ts';
import { INSTALLATION, settingsFrom } from '../../src/settings.ts';
import { pythonTools } from '../../test/python-environment.ts';
import { type BenchInput, makeInputs } from './inputs.ts';

const run = promisify(execFile);
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const here = import.meta.dirname;
const work = path.join(INSTALLATION, 'build', 'bench-ingest');

interface Measured {
  wall: number;
  cpu: number;
  peak_mb: number;
  code: number;
}

async function measure(python: string, command: string[], env: Record<string, string> = {}): Promise<Measured> {
  const { stdout, stderr } = await run(python, [path.join(here, 'measure.py'), ...command], {
    env: { ...process.env, ...env },
  });
  const measured = JSON.parse(stdout) as Measured;
  if (measured.code !== 0) throw new Error(`${command.join(' ')} ended with ${measured.code}: ${stderr}`);
  return measured;
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function compare(input: BenchInput, python: string): Promise<string[]> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  // In turn, so that whatever else the machine does falls on both.
  for (let i = 0; i < Number(values.runs); i++) {
    const store = path.join(work, 'store');
    await rm(store, { recursive: true, force: true });
    const ingest = [path.join(INSTALLATION, 'bin', 'lifecycle'), '--project', work, 'ingest', input.name, '1'];
    ours.push(await measure(python, ingest, { LIFECYCLE_HOME: store }));
    const output = path.join(work, 'reference.parquet');
    theirs.push(await measure(python, [python, path.join(here, 'reference.py'), input.name, input.file, output]));
  }
  const of = (runs: readonly Measured[], key: keyof Measured) => median(runs.map((each) => each[key]));
  const ratio = (key: keyof Measured) => `${(of(theirs, key) / of(ours, key)).toFixed(1)}×`;
  const seconds = (n: number) => `${n.toFixed(2)} s`;
  return [
    input.what,
    seconds(of(ours, 'wall')),
    seconds(of(theirs, 'wall')),
    ratio('wall'),
    seconds(of(ours, 'cpu')),
    seconds(of(theirs, 'cpu')),
    `${of(ours, 'peak_mb').toFixed(0)} MB`,
    `${of(theirs, 'peak_mb').toFixed(0)} MB`,
  ];
}

const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const environment = await pythonTools(settings.venvDir);
if ('missing' in environment) throw new Error(environment.missing);
await mkdir(work, { recursive: true });
const inputs = (await makeInputs(work, settings.venvDir)).filter(
  (input) => values.only === undefined || input.name === values.only,
);
const rows: string[][] = [];
for (const input of inputs) {
  rows.push(await compare(input, environment.python));
  console.error(rows.at(-1)!.join('  '));
}
const right = (heading: string) => ({ heading, align: 'right' as const });
const columns = [
  { heading: `MEDIAN OF ${values.runs}` },
  ...['OURS', 'PYTHON', 'FASTER', 'CPU OURS', 'CPU PYTHON', 'PEAK OURS', 'PEAK PYTHON'].map(right),
];
console.log(formatTable(columns, rows).join('\n'));
