// What each format and step costs, beside the usual Python tools, DuckDB alone and, with LIFECYCLE_DCPY_PYTHON, the
// department's engine: bin/node bench/steps/run.ts [--only PATTERN] [--runs N] [--quick] [--by NAME,…] [--json FILE] [--resume] [--write]
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/table.ts';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../../test/python-environment.ts';
import type { Case } from './case.ts';
import { ALL_CASES } from './cases/all.ts';
import { START_CASES } from './cases/start.ts';
import { type Bench, CONTENDERS, type Contender, contendersFor } from './contenders.ts';
import { makeInputs } from './inputs.ts';
import { cellsOf, HEADINGS, markdownOf, rowsOf, summaryOf } from './report.ts';
import { type CaseResults, readResults, writeResults } from './results.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    by: { type: 'string', default: CONTENDERS.join(',') },
    json: { type: 'string' },
    resume: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const work = path.join(INSTALLATION, 'build', 'bench-steps');
const scale = values.quick ? 0.1 : 1;
const file = values.json ?? path.join(work, values.quick ? 'results-quick.json' : 'results.json');
const by = CONTENDERS.filter((name) => values.by.split(',').includes(name));

/** A pattern is a part of the name, or has a `*` where anything may stand. */
function isWanted({ name }: Case): boolean {
  return (values.only ?? ['']).some((pattern) => {
    if (!pattern.includes('*')) return name.includes(pattern);
    return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(name);
  });
}

async function prepared(cases: readonly Case[]): Promise<Bench> {
  const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
  const tools = await pythonTools(venvDir);
  if ('missing' in tools) throw new Error(tools.missing);
  const data = path.join(work, values.quick ? 'data-quick' : 'data');
  await mkdir(path.join(work, 'products'), { recursive: true });
  await writeFile(path.join(work, 'products', 'products.yml'), 'products: []\n');
  await makeInputs(data, new Set(cases.map(({ input }) => input)), { venvDir, python: tools.python, scale });
  return { work, data, venvDir, python: tools.python, department: process.env.LIFECYCLE_DCPY_PYTHON };
}

/** In turn, so that whatever else the machine does falls on all. */
async function run(of: Case, bench: Bench, results: CaseResults): Promise<void> {
  const contenders = await contendersFor(of, bench);
  for (let i = 0; i < Number(values.runs); i++) {
    for (const name of by) {
      const contender = contenders[name];
      if (!contender || (results.runs[name]?.length ?? 0) > i) continue;
      try {
        const measured = await contender();
        results.runs[name] = [...(results.runs[name] ?? []), measured];
        delete results.failures[name];
      } catch (error) {
        results.failures[name] = (error as Error).message.slice(-600);
        console.error(`${of.name}, ${name}: ${results.failures[name]}`);
      }
    }
  }
}

async function writePage(markdown: string): Promise<void> {
  const page = path.join(INSTALLATION, 'bench', 'README.md');
  const [begin, end] = ['<!-- bench/steps begins -->', '<!-- bench/steps ends -->'];
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${page} has no place for the table: ${begin} … ${end}`);
  await writeFile(page, `${text.slice(0, from + begin.length)}\n\n${markdown}\n\n${text.slice(to)}`);
}

const cases = ALL_CASES.filter((of) => START_CASES.includes(of) || isWanted(of));
const bench = await prepared(cases);
const results = values.resume && existsSync(file) ? await readResults(file, scale) : { scale, cases: {} };
for (const of of cases) {
  const here: CaseResults = results.cases[of.name] ?? { runs: {}, failures: {} };
  results.cases[of.name] = here;
  await run(of, bench, here);
  await writeResults(file, results);
  const [row] = rowsOf([of], results);
  if (row) console.error(cellsOf(row).join('  '));
}

const rows = rowsOf(cases, results);
const columns = HEADINGS.map((heading, i) => ({ heading, align: i === 0 ? ('left' as const) : ('right' as const) }));
console.log([...formatTable(columns, rows.map(cellsOf)), '', ...summaryOf(rows, results)].join('\n'));
const failed = Object.entries(results.cases).flatMap(([name, { failures }]) =>
  (Object.keys(failures) as Contender[]).map((contender) => `${name} (${contender})`),
);
if (failed.length > 0) {
  console.log(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
if (values.write) await writePage(markdownOf(rows, results));
