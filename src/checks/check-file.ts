import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { WantedCheck } from '../project/dataset-checks.ts';
import { CHECKS } from '../project/vocabulary/checks.ts';
import type { CheckResult } from '../store/check-result.ts';
import { compile } from './compile.ts';
import { samplesOf } from './keys.ts';
import { type Compiled, columnsOf, type Finding, type LookedAt } from './looked-at.ts';

/** A written file, and what is asked of it. */
export interface CheckedFile {
  file: string;
  /** Names of its columns, in order. */
  columns: readonly string[];
  geometryColumn: string | null;
  /** What the template declares. */
  declared: readonly { id: string; is_required: boolean }[];
  wanted: readonly WantedCheck[];
}

export interface CheckSurroundings extends Pick<LookedAt, 'now' | 'latest'> {
  /** `ingest_templates/x.yml:12:5`, where it can be said. */
  placeOf(wanted: WantedCheck): string | null;
}

/** Rows that are shown of those that fail, unless the check says how many; never more than the second. */
const USUAL_CASES = 5;
const MOST_CASES = 100;
/** Conditions that are looked at together: each takes memory for its samples, and a statement on many is long in making. */
const AT_ONCE = 50;

/**
 * Carries out checks on a file. Conditions of rows are looked at in one pass, in batches where they are many; keys and
 * references each take a pass of their own.
 */
export async function checkFile(engine: Engine, given: CheckedFile, around: CheckSurroundings): Promise<CheckResult[]> {
  const columns = await columnsOf(engine, given.file, given.columns);
  if (columns.some(({ kind }) => kind === 'geometry')) await engine.load('spatial');
  const hasPlaces = columns.every(
    ({ sql }) => sql.toLowerCase() !== '"file_row_number"' && sql.toLowerCase() !== '"place"',
  );
  const source = `read_parquet(${literal(given.file)}${hasPlaces ? ', file_row_number = true' : ''})`;
  const at: LookedAt = {
    engine,
    relation: `(SELECT *, ${hasPlaces ? 'file_row_number' : '0'} AS place FROM ${source})`,
    columns,
    geometryColumn: given.geometryColumn,
    declared: given.declared.map(({ id }) => id),
    optional: given.declared.filter(({ is_required }) => !is_required).map(({ id }) => id),
    key: given.wanted.flatMap(({ name, column }) => (name === 'is_primary_key' ? [column!] : [])),
    ...around,
  };
  const wanted = given.wanted.filter(({ name, column }) => name !== 'is_primary_key' || column === at.key[0]);
  const compiled: { wanted: WantedCheck; how: Compiled }[] = [];
  for (const each of wanted) compiled.push({ wanted: each, how: await compile(each, at) });
  const rows = Number((await engine.row(`SELECT count(*) AS n FROM ${source}`)).n);
  const found = new Map<WantedCheck, Finding>();
  const passing = compiled.filter(({ how }) => how.by === 'rows' || how.by === 'all');
  for (let start = 0; start < passing.length; start += AT_ONCE) {
    const batch = passing.slice(start, start + AT_ONCE);
    await lookTogether(at, batch, rows, found);
  }
  for (const { wanted: each, how } of compiled) {
    if (how.by === 'nothing') found.set(each, { says: how.fault, failing: null, samples: [] });
    if (how.by === 'itself') found.set(each, await orFault(() => how.look(casesOf(each))));
  }
  return wanted.map((each) => resultOf(each, found.get(each)!, rows, at.key, around.placeOf(each)));
}

const casesOf = ({ cases }: WantedCheck) => Math.max(1, Math.min(cases ?? USUAL_CASES, MOST_CASES));

type Passing = { wanted: WantedCheck; how: Compiled };

/** Where one of them cannot be computed at all, each is looked at by itself, so that one knows which. */
async function lookTogether(at: LookedAt, batch: readonly Passing[], rows: number, found: Map<WantedCheck, Finding>) {
  try {
    for (const [wanted, finding] of await pass(at, batch, rows)) found.set(wanted, finding);
  } catch (error) {
    if (!isOfTheData(error)) throw error;
    for (const each of batch) {
      found.set(each.wanted, await orFault(async () => (await pass(at, [each], rows)).get(each.wanted)!));
    }
  }
}

function isOfTheData(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof LifecycleError) && !/interrupt/i.test(error.message);
}

async function orFault(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    const isMissing = error instanceof LifecycleError && /^(STO_|LIF_)/.test(error.code);
    if (!isMissing && !isOfTheData(error)) throw error;
    const [message] = error.message.split('\n');
    return { says: `cannot be carried out: ${message}`, failing: null, samples: [] };
  }
}

async function pass(at: LookedAt, batch: readonly Passing[], rows: number): Promise<Map<WantedCheck, Finding>> {
  const inner: string[] = [];
  const outer: string[] = [];
  for (const [i, { wanted, how }] of batch.entries()) {
    if (how.by === 'rows') {
      inner.push(`${how.fails} AS "fails ${i}"`, `CASE WHEN ${how.fails} THEN ${how.shows} END AS "shows ${i}"`);
      outer.push(`count(*) FILTER ("fails ${i}") AS "count ${i}"`);
      outer.push(
        `arg_min({'row': place, 'value': "shows ${i}"}, place, ${casesOf(wanted)}) FILTER ("fails ${i}") AS "samples ${i}"`,
      );
    }
    for (const [j, aggregate] of alsoOf(how).entries()) outer.push(`${aggregate} AS "also ${i} ${j}"`);
  }
  // Naming all columns takes longer than the look itself where they are many.
  const named = batch.some(({ how }) => alsoOf(how).length > 0) ? '*' : 'place';
  const inside = `SELECT ${[named, ...inner].join(', ')} FROM ${at.relation}`;
  const row = outer.length === 0 ? {} : await at.engine.row(`SELECT ${outer.join(', ')} FROM (${inside})`);
  const findings = new Map<WantedCheck, Finding>();
  for (const [i, { wanted, how }] of batch.entries()) {
    const fault =
      'also' in how
        ? how.also?.judge(
            alsoOf(how).map((_, j) => row[`also ${i} ${j}`]),
            rows,
          )
        : undefined;
    const failing = how.by === 'rows' ? Number(row[`count ${i}`]) : (fault?.failing ?? null);
    const says = [
      ...(how.by === 'rows' && failing! > 0
        ? [`${failing!.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows are ${how.says}`]
        : []),
      ...(fault ? [fault.says] : []),
    ].join('; ');
    findings.set(wanted, { says: says || undefined, failing, samples: samplesOf(row[`samples ${i}`]) });
  }
  return findings;
}

const alsoOf = (how: Compiled) => ('also' in how ? (how.also?.aggregates ?? []) : []);

function resultOf(
  wanted: WantedCheck,
  finding: Finding,
  rows: number,
  key: readonly string[],
  place: string | null,
): CheckResult {
  const { says, failing, samples } = finding;
  const about = wanted.name === 'is_primary_key' ? key.join(', ') : wanted.column;
  const [first] = samples;
  const where = first
    ? `, first row ${first.row.toLocaleString('en-US')}${first.value === null ? '' : ` (${first.value})`}`
    : '';
  const sentence = says === undefined ? CHECKS[wanted.name].says : (wanted.error ?? says) + where;
  return {
    check: wanted.name,
    column: about,
    ...(wanted.title === null ? {} : { title: wanted.title }),
    status: says === undefined ? 'passed' : wanted.warnOnly ? 'warned' : 'failed',
    message: `${about === null ? '' : `${about}: `}${sentence}`,
    rows,
    rows_failing: says === undefined ? 0 : failing,
    samples,
    place,
  };
}
