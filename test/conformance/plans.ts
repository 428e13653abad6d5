import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { recipeLock, rereadLock, sourceDataVersions } from '../../src/builds/lock/lock-files.ts';
import { readCatalogFile } from '../../src/builds/plan/catalog-file.ts';
import { readPlanRecipes } from '../../src/builds/plan/plan-recipes.ts';
import { planRecipe } from '../../src/builds/plan/planner.ts';
import { UnresolvedInputs } from '../../src/builds/plan/unresolved.ts';
import { LifecycleError } from '../../src/errors.ts';
import { plainOf } from '../../src/project/fields.ts';
import { readYaml } from '../../src/project/yaml.ts';
import { emitYaml11 } from '../../src/project/yaml11-emit.ts';

export interface PlanCaseResult {
  id: string;
  wanted: 'completed' | 'refused';
  equal: boolean;
  /** What differs, one fact a line. */
  differences: string[];
}

interface Arguments {
  recipe: string;
  version: string | null;
  build_name: string | null;
  branch: string | null;
  env_vars: Record<string, string> | null;
  vars: Record<string, string> | null;
}

interface CaseFacts {
  status: 'ok' | 'error';
  error_kind?: string;
  validation?: { loc: (string | number)[]; type: string }[];
}

type Outcome =
  | { lock: string; csv: string }
  | { kind: string; fields: { location: (string | number)[]; type: string }[]; message: string };

async function runPlan(dir: string): Promise<Outcome> {
  const args = JSON.parse(await readFile(path.join(dir, 'args.json'), 'utf8')) as Arguments;
  const catalog = await readCatalogFile(path.join(dir, 'world.json'));
  try {
    const vars = args.vars ?? undefined;
    const envVars = args.env_vars ?? undefined;
    const seen = { vars, env: catalog.env ?? {}, envVars };
    const { recipe, env } = await planRecipe({
      recipes: await readPlanRecipes(path.join(dir, args.recipe), seen),
      catalog,
      ...seen,
      today: catalog.today ?? '1970-01-01',
      version: args.version ?? undefined,
      buildName: args.build_name ?? undefined,
      branch: args.branch ?? undefined,
    });
    const lock = recipeLock(recipe);
    return { lock, csv: sourceDataVersions(await rereadLock(lock, env)) };
  } catch (error) {
    if (error instanceof UnresolvedInputs) {
      const [first] = error.inputs;
      return { kind: first!.kind, fields: [], message: first!.reason };
    }
    if (!(error instanceof LifecycleError)) throw error;
    const details = (error.details ?? {}) as {
      kind?: string;
      fields?: { location: (string | number)[]; type: string }[];
    };
    return { kind: details.kind ?? error.code, fields: details.fields ?? [], message: error.message };
  }
}

/** Data of a YAML 1.1 text in one spelling, so that equal data are equal texts. */
function canonical(text: string): string {
  const reading = readYaml(text);
  if (reading.problem) return `unreadable: ${reading.problem.message}`;
  return reading.node ? emitYaml11(plainOf(reading.node)) : '';
}

async function compareCase(dir: string): Promise<Omit<PlanCaseResult, 'id'>> {
  const meta = JSON.parse(await readFile(path.join(dir, 'meta.json'), 'utf8')) as CaseFacts;
  const outcome = await runPlan(dir);
  const differences: string[] = [];
  if (meta.status === 'ok') {
    if ('kind' in outcome) differences.push(`refused: ${outcome.kind}: ${outcome.message}`);
    else {
      const expected = await readFile(path.join(dir, 'expected/recipe.lock.yml'), 'utf8');
      if (canonical(outcome.lock) !== canonical(expected)) differences.push(firstDifference(outcome.lock, expected));
      const csv = await readFile(path.join(dir, 'expected/source_data_versions.csv'), 'utf8');
      if (outcome.csv !== csv) differences.push(firstDifference(outcome.csv, csv));
    }
    return { wanted: 'completed', equal: differences.length === 0, differences };
  }
  if (!('kind' in outcome)) differences.push(`completed, where ${meta.error_kind} was wanted`);
  else if (outcome.kind !== meta.error_kind) {
    differences.push(`refused by ${outcome.kind} (${outcome.message}), where ${meta.error_kind} was wanted`);
  } else if (meta.error_kind === 'invalid_recipe') {
    const ours = placesOf(outcome.fields.map(({ location, type }) => ({ loc: location, type })));
    const theirs = placesOf(meta.validation ?? []);
    if (ours !== theirs) differences.push(`fields: ${ours}, where ${theirs} was wanted`);
  }
  return { wanted: 'refused', equal: differences.length === 0, differences };
}

function placesOf(fields: { loc: (string | number)[]; type: string }[]): string {
  return [...new Set(fields.map(({ loc, type }) => `${loc.join('.')} ${type}`))].sort().join('; ');
}

function firstDifference(ours: string, theirs: string): string {
  const left = ours.split('\n');
  const right = theirs.split('\n');
  const line = left.findIndex((text, i) => text !== right[i]);
  return `line ${line + 1}: ${JSON.stringify(left[line])}, where ${JSON.stringify(right[line])} was wanted`;
}

/** Runs every case of a directory of plans through the planner; `report` gets each result as it comes. */
export async function runPlanCases(dir: string, report: (result: PlanCaseResult) => void): Promise<PlanCaseResult[]> {
  const names = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const results: PlanCaseResult[] = [];
  for (const id of names) {
    const result = { id, ...(await compareCase(path.join(dir, id))) };
    report(result);
    results.push(result);
  }
  return results;
}

/** How many of each kind are equal, and which are not. */
export function summarize(results: readonly PlanCaseResult[]): string {
  const count = (wanted: PlanCaseResult['wanted']) => {
    const all = results.filter((result) => result.wanted === wanted);
    return `${all.filter((result) => result.equal).length} of ${all.length} ${wanted}`;
  };
  return `plans: ${count('completed')}, ${count('refused')}`;
}

if (import.meta.main) {
  const dir = process.argv[2];
  if (dir === undefined) {
    process.stderr.write('usage: bin/node test/conformance/plans.ts DIR\n');
    process.exit(2);
  }
  const results = await runPlanCases(path.resolve(dir), (result) => {
    if (!result.equal) process.stdout.write(`${result.id}: ${result.differences.join('; ')}\n`);
  });
  process.stdout.write(`${summarize(results)}\n`);
  process.exitCode = results.every((result) => result.equal) ? 0 : 1;
}
