import { counted } from '../counts.ts';
import { GEOMETRY_TYPES } from '../project/vocabulary/checks.ts';
import type { ColumnFacts } from './statistics.ts';

/** One version of a dataset, as it was seen. */
export interface SeenVersion {
  version: string;
  /** ISO time at which it was made. */
  created: string;
  rows: number;
  columns: readonly ColumnFacts[];
}

/** A check, and why it may be asked. */
export interface Suggestion {
  /** Null of the whole dataset. */
  column: string | null;
  /** As an item of `checks`: a name, or a name with its arguments. */
  check: string | { [name: string]: { args: Record<string, unknown> } };
  evidence: string;
}

const DAY_MS = 86_400_000;
/** A word that stands so often is one of a list; a column of words that stand once each is none. */
const TIMES_EACH = 5;

/** Checks that are true of all versions that were seen, with room for the next one where values grow. */
export function suggestionsFor(versions: readonly SeenVersion[]): Suggestion[] {
  const [newest] = versions;
  if (!newest || versions.some(({ rows }) => rows === 0)) return [];
  const inAll = newest.columns.filter(({ name, kind }) =>
    versions.every(({ columns }) => columns.some((each) => each.name === name && each.kind === kind)),
  );
  return [
    ...inAll.flatMap(({ name }) =>
      ofColumn(
        name,
        versions.map((each) => ({ ...each, facts: each.columns.find((column) => column.name === name)! })),
      ),
    ),
    ...ofDataset(versions),
  ];
}

type Seen = SeenVersion & { facts: ColumnFacts };

function ofColumn(column: string, seen: readonly Seen[]): Suggestion[] {
  const all = seen.map(({ facts }) => facts);
  const made: Suggestion[] = [];
  const suggest = (check: Suggestion['check'], evidence: string) => made.push({ column, check, evidence });
  const nulls = all.map((each) => each.nulls);
  const shares = all.map((each) => (each.nulls / each.rows) * 100);
  if (nulls.every((count) => count === 0)) suggest('non_nullable', 'no null');
  else if (Math.max(...shares) < 50) {
    const most = Math.max(...shares);
    const allowed = Math.min(100, Math.ceil(most * 1.5));
    suggest({ null_share: { args: { max_share: allowed } } }, `at most ${Number(most.toPrecision(3))}% were null`);
  }
  if (all.every((each) => each.nulls === each.rows)) return made;
  const [{ kind }] = all as [ColumnFacts];
  if (kind === 'text') ofText(all, suggest);
  if (kind === 'number') ofNumbers(all, suggest);
  if (kind === 'moment') ofMoments(seen, suggest);
  if (kind === 'geometry') ofShapes(all, suggest);
  return made;
}

type Suggest = (check: Suggestion['check'], evidence: string) => void;

function ofText(all: readonly ColumnFacts[], suggest: Suggest): void {
  const words = new Set(all.flatMap(({ values }) => values ?? []));
  // Where each version brings words of its own, the next one will, too.
  const isList = all.every(({ values }) => values !== null) && all.some(({ values }) => values!.length === words.size);
  const rows = Math.max(...all.map((each) => each.rows - each.nulls));
  if (isList && words.size > 0 && rows >= TIMES_EACH * words.size) {
    const allowed_values = [...words].sort();
    suggest({ isin: { args: { allowed_values } } }, `${words.size} values in up to ${counted(rows)} rows`);
    return;
  }
  const lengths = [all.map(({ shortest }) => shortest), all.map(({ longest }) => longest)].flat();
  const known = lengths.filter((length) => length !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const digits = all.every(({ isDigits }) => isDigits);
  if (digits) {
    const times = least === most ? `{${least}}` : `{${least},${most}}`;
    suggest(
      { str_matches: { args: { pattern: `[0-9]${times}$` } } },
      `nothing but digits, ${least === most ? least : `${least} to ${most}`}`,
    );
  } else if (least === most) {
    suggest({ str_length: { args: { exact_value: least } } }, `always ${least} characters`);
  } else if (least > 0) suggest({ str_length: { args: { min_value: 1 } } }, `${least} to ${most} characters`);
}

function ofNumbers(all: readonly ColumnFacts[], suggest: Suggest): void {
  const least = Math.min(...all.flatMap(({ least: each }) => (typeof each === 'number' ? [each] : [])));
  const most = Math.max(...all.flatMap(({ greatest: each }) => (typeof each === 'number' ? [each] : [])));
  if (!isWritable(least) || !isWritable(most)) return;
  const seen = `from ${counted(least)} to ${counted(most)}`;
  // Growth is no mistake; ten times as much mostly is.
  const bound = Math.max(Math.abs(least), Math.abs(most), 1) * 10;
  if (isWritable(bound)) {
    suggest({ in_range: { args: { min_value: least >= 0 ? 0 : -roundUp(bound), max_value: roundUp(bound) } } }, seen);
  }
}

/** Numbers that YAML reads as they are written. */
const isWritable = (number: number) => Number.isFinite(number) && Math.abs(number) < 1e15;

/** Two digits, and never less. */
function roundUp(number: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(number)) - 1);
  return Math.ceil(number / unit) * unit;
}

function ofMoments(seen: readonly Seen[], suggest: Suggest): void {
  const known = seen.filter(({ facts }) => typeof facts.greatest === 'string');
  if (known.length !== seen.length) return;
  const least = known.map(({ facts }) => String(facts.least)).sort()[0]!;
  const year = /^(\d{4})-/.exec(least)?.[1];
  if (year && Number(year) >= 1000) {
    suggest({ greater_than_or_equal_to: { args: { min_value: `${year}-01-01` } } }, `the earliest is ${least}`);
  }
  const newest = known.map(({ facts }) => String(facts.greatest));
  const ages = known.map(({ created }, i) => (Date.parse(created) - Date.parse(zoned(newest[i]!))) / DAY_MS);
  // A column that moves on with the versions says how fresh they are; one that does not says something else.
  if (new Set(newest).size < 2 || new Set(newest).size !== seen.length || Math.max(...ages) > 3650) return;
  const most = Math.max(1, Math.ceil(Math.max(...ages) * 1.5));
  suggest(
    { freshness: { args: { max_age_days: most } } },
    `the newest was ${Math.ceil(Math.max(...ages))} days old at most`,
  );
}

const zoned = (text: string) => (text.includes('T') ? `${text}Z` : text);

function ofShapes(all: readonly ColumnFacts[], suggest: Suggest): void {
  const types = new Set(all.flatMap(({ shape }) => shape!.types));
  const named = GEOMETRY_TYPES.filter((type) => types.has(type.toUpperCase()));
  if (named.length === types.size && named.length > 0) {
    suggest({ geometry_types: { args: { allowed: named } } }, `${named.join(', ')} alone`);
  }
  if (all.every(({ shape }) => shape!.isValid)) suggest('valid_geometry', 'all were valid');
  const boxes = all.flatMap(({ shape }) => (shape!.box ? [shape!.box] : []));
  if (boxes.length === 0) return;
  const edge = (i: number, pick: (...all: number[]) => number) => pick(...boxes.map((box) => box[i]!));
  const [x0, y0, x1, y1] = [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)];
  const margin = Math.max(x1 - x0, y1 - y0) * 0.05;
  const digits = Math.max(x1 - x0, y1 - y0) > 1000 ? 0 : 4;
  const down = (number: number) => Math.floor((number - margin) * 10 ** digits) / 10 ** digits;
  const up = (number: number) => Math.ceil((number + margin) * 10 ** digits) / 10 ** digits;
  const bbox = [down(x0), down(y0), up(x1), up(y1)];
  if (bbox.every(isWritable)) suggest({ within_bbox: { args: { bbox } } }, 'the box of all, and a twentieth around it');
}

function ofDataset(versions: readonly SeenVersion[]): Suggestion[] {
  const rows = versions.map((each) => each.rows);
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  const args = { min_value: Math.max(1, Math.floor(least / 2)), max_value: roundUp(most * 2) };
  const between = least === most ? `${counted(least)} rows` : `${counted(least)} to ${counted(most)} rows`;
  const made: Suggestion[] = [{ column: null, check: { row_count: { args } }, evidence: between }];
  const shape = ({ columns }: SeenVersion) => JSON.stringify(columns.map(({ name, type }) => [name, type]).sort());
  if (versions.length > 1 && new Set(versions.map(shape)).size === 1) {
    made.push({ column: null, check: 'same_columns', evidence: `${versions[0]!.columns.length} columns in each` });
  }
  return made;
}
