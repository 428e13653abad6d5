import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../python-environment.ts';
import { type IngestCaseResult, runIngestCases } from './ingest.ts';
import { runPlanCases } from './plans.ts';

/**
 * Runs folders of recorded cases and compares: `npm run conformance -- DIR… [--only TEXT] [--verbose]`.
 * Every difference must be explained in docs/differences.md, by the case's name in backticks; others fail the run.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    tools: { type: 'string' },
    python: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error('usage: npm run conformance -- DIR… [--only TEXT] [--verbose] [--tools DIR] [--python PYTHON]');
  process.exit(2);
}

const differences = path.join(INSTALLATION, 'docs', 'differences.md');
const explained = new Set(
  existsSync(differences)
    ? [...readFileSync(differences, 'utf8').matchAll(/`([\w@.-]+)`/g)].map((match) => match[1]!)
    : [],
);
const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const python = values.python ?? (await toolsPython());

let unexplained = 0;
let passed = 0;
for (const dir of positionals) {
  const started = performance.now();
  if (path.basename(path.resolve(dir)) === 'plans') {
    const results = await runPlanCases(dir, () => undefined);
    const failing = results.filter((result) => !result.equal);
    for (const { id, differences: lines } of failing) report(id, lines);
    passed += results.length - failing.length;
    count(dir, started, { equal: results.length - failing.length, different: failing.length });
    continue;
  }
  const tools = values.tools ?? path.resolve(dir, '..', '..', 'tools');
  const results = await runIngestCases(dir, {
    tools,
    python,
    env: withGeosupport(process.env, tools),
    only: values.only,
  });
  for (const result of results) {
    if (values.verbose && result.outcome === 'refused') console.log(`  ${result.case}: ${result.notes.join('; ')}`);
    if (good(result)) passed++;
    else if (result.outcome === 'not run') console.log(`not run ${result.case}: ${result.notes.join('; ')}`);
    else report(result.case, result.notes);
  }
  const tally: Record<string, number> = {};
  for (const { wanted, outcome } of results) {
    const key = `${wanted} there, ${outcome} here`;
    tally[key] = (tally[key] ?? 0) + 1;
  }
  count(dir, started, tally);
}
console.log(`${passed} passed, ${unexplained} failed`);
process.exitCode = unexplained > 0 ? 1 : 0;

/** An independent reader of parquet files, for the comparison. */
async function toolsPython(): Promise<string> {
  const tools = await pythonTools(settings.venvDir);
  if ('python' in tools) return tools.python;
  console.error(`error: ${tools.missing}`);
  console.error('hint: name a Python with pyarrow and shapely: --python PYTHON');
  process.exit(2);
}

/** The cases that geocode were made with a stand-in for Geosupport, which lies beside the other tools. */
function withGeosupport(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const standIn = path.join(path.resolve(folder), 'geosupport_standin', 'serve.py');
  if (env.LIFECYCLE_GEOSUPPORT || !existsSync(standIn)) return env;
  return { ...env, LIFECYCLE_GEOSUPPORT: JSON.stringify([python, standIn]) };
}

function good({ wanted, outcome }: IngestCaseResult): boolean {
  return outcome === (wanted === 'completed' ? 'equal' : 'refused');
}

function report(name: string, lines: readonly string[]): void {
  const known = explained.has(name);
  if (!known) unexplained++;
  for (const line of lines.slice(0, 6)) {
    console.log(`${known ? 'explained' : 'DIFFERS'} ${name}: ${line.replaceAll('\n', ' ').slice(0, 300)}`);
  }
}

function count(dir: string, started: number, tally: Record<string, number>): void {
  const counts = Object.entries(tally)
    .map(([key, n]) => `${key}: ${n}`)
    .join(', ');
  console.log(`${dir}: ${counts} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
