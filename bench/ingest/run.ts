// Times of ingest beside the usual Python tools, in one run: bin/node bench/ingest/run.ts [--runs N] [--only NAME]
// With LIFECYCLE_DCPY_PYTHON, a Python that has the department's engine, beside that one too.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/table.ts';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../../test/python-environment.ts';
import { departmentCommand, type Measured, measure, median } from '../measure.ts';
import { type BenchInput, makeInputs } from './inputs.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const here = import.meta.dirname;
const work = path.join(INSTALLATION, 'build', 'bench-ingest');

/** Who does the work, by the heading of its column. */
function contenders(input: BenchInput, python: string): Record<string, () => Promise<Measured>> {
  const output = path.join(work, 'reference.parquet');
  const department = process.env.LIFECYCLE_DCPY_PYTHON;
  const templates = path.join(work, 'ingest_templates');
  return {
    async OURS() {
      const store = path.join(work, 'store');
      await rm(store, { recursive: true, force: true });
      const ingest = [path.join(INSTALLATION, 'bin', 'lifecycle'), '--project', work, 'ingest', input.name, '1'];
      return measure(python, ingest, { LIFECYCLE_HOME: store });
    },
    PYTHON: () => measure(python, [python, path.join(here, 'reference.py'), input.name, input.file, output]),
    ...(department && {
      DEPARTMENT: () =>
        measure(
          python,
          departmentCommand(department, {
            templates,
            id: input.name,
            version: '1',
            output: path.join(work, 'department'),
          }),
        ),
    }),
  };
}

/** A row for each contender. */
async function compare(input: BenchInput, python: string): Promise<string[][]> {
  const runs = Object.entries(contenders(input, python)).map(([name, run]) => ({ name, run, took: [] as Measured[] }));
  // In turn, so that whatever else the machine does falls on all.
  for (let i = 0; i < Number(values.runs); i++) {
    for (const { run, took } of runs) took.push(await run());
  }
  const of = (took: readonly Measured[], key: keyof Measured) => median(took.map((each) => each[key]));
  const ours = runs[0]!.took;
  return runs.map(({ name, took }, i) => {
    const times = (key: keyof Measured) => (i === 0 ? '' : `${(of(took, key) / of(ours, key)).toFixed(1)}×`);
    return [
      i === 0 ? input.what : '',
      name.toLowerCase(),
      ...[`${of(took, 'wall').toFixed(2)} s`, times('wall')],
      ...[`${of(took, 'cpu').toFixed(2)} s`, times('cpu')],
      ...[`${of(took, 'peak_mb').toFixed(0)} MB`, times('peak_mb')],
    ];
  });
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
  const compared = await compare(input, environment.python);
  for (const row of compared) console.error(row.join('  '));
  rows.push(...compared);
}
const right = (heading: string) => ({ heading, align: 'right' as const });
const columns = [
  { heading: `MEDIAN OF ${values.runs}` },
  { heading: 'BY' },
  ...['WALL', 'OURS IS FASTER', 'CPU', '', 'PEAK', ''].map(right),
];
console.log(formatTable(columns, rows).join('\n'));
