import { isVersion, parseVersion, type Version } from '../ids.ts';
import { newYorkDate } from '../new-york-time.ts';
import {
  CADENCES,
  type Cadence,
  patternProblem,
  periodOf,
  periodsBetween,
  readPeriod,
  USUAL_PATTERN,
  writePeriod,
} from '../version-pattern.ts';
import {
  date,
  describe,
  type Field,
  INVALID,
  type Invalid,
  listOf,
  nullable,
  oneOf,
  refuse,
  taking,
  text,
} from './fields.ts';
import { modelOf, optional } from './map-fields.ts';
import type { YamlNode } from './yaml.ts';

/** Which versions should exist, as a template or product says it. */
export type ExpectedVersions =
  | { expected: readonly Version[] }
  /** `from` is the first version, as the pattern writes it. */
  | { cadence: Cadence; pattern: string; from: string }
  /** Those that the source lists when it is asked. */
  | { from_source: true };

interface Written {
  expected: Version[] | null;
  cadence: Cadence | null;
  pattern: string | null;
  from: string | null;
  from_source: true | null;
}

const nothing = () => null;

/** A day without quotes is a date to YAML, and is meant as its text. */
const dayOrText: Field<string> = taking({ words: 'text' }, (node, at, reading) =>
  node.kind === 'scalar' && node.value !== null && typeof node.value === 'object' && 'iso' in node.value
    ? date(node, at, reading)
    : text(node, at, reading),
);

const version: Field<Version> = taking({ words: 'versions' }, (node, at, reading) => {
  const value = dayOrText(node, at, reading);
  if (value === INVALID) return INVALID;
  return isVersion(value)
    ? parseVersion(value)
    : refuse(reading, at, node, 'bad_version', `${JSON.stringify(value)} is no version`);
});

const onlyTrue: Field<true> = taking({ words: 'true' }, (node, at, reading) =>
  node.kind === 'scalar' && node.value === true
    ? true
    : refuse(reading, at, node, 'bool_type', `expected true, found ${describe(node)}`),
);

const model = modelOf<Written>({
  fields: {
    expected: optional(nullable(listOf(version)), nothing),
    cadence: optional(nullable(oneOf(...CADENCES)), nothing),
    pattern: optional(nullable(text), nothing),
    from: optional(nullable(dayOrText), nothing),
    from_source: optional(nullable(onlyTrue), nothing),
  },
  unknown: 'refuse',
});

/** Reads `versions`. @param told whether there is a source that could be asked */
export function expectedVersionsField(told: 'by a source' | 'by nobody'): Field<ExpectedVersions> {
  return taking({ words: 'a map' }, (node, at, reading): ExpectedVersions | Invalid => {
    const written = model(node, at, reading);
    if (written === INVALID) return INVALID;
    const wrong = (key: keyof Written, message: string): Invalid =>
      refuse(reading, [...at, key], valueAt(node, key), 'value_error', message);
    const kinds = (['expected', 'cadence', 'from_source'] as const).filter((key) => written[key] !== null);
    if (kinds.length === 0) {
      const message = 'it says nothing: give `expected`, or `cadence` with `from`, or `from_source`';
      return refuse(reading, at, node, 'value_error', message);
    }
    if (kinds.length > 1) return wrong(kinds[1]!, `give either \`${kinds[0]}\` or \`${kinds[1]}\``);
    for (const key of ['pattern', 'from'] as const) {
      if (written[key] !== null && written.cadence === null) return wrong(key, `\`${key}\` goes with \`cadence\` only`);
    }
    if (written.expected !== null) {
      const twice = written.expected.find((each, i, all) => all.indexOf(each) !== i);
      if (twice !== undefined) return wrong('expected', `${twice} stands twice`);
      return { expected: written.expected };
    }
    if (written.from_source) {
      return told === 'by a source'
        ? { from_source: true }
        : wrong('from_source', 'a product has no source to be asked');
    }
    const cadence = written.cadence!;
    const pattern = written.pattern ?? USUAL_PATTERN[cadence];
    const problem = patternProblem(pattern, cadence);
    if (problem !== undefined) return wrong('pattern', `${JSON.stringify(pattern)} cannot be used: ${problem}`);
    if (written.from === null) return wrong('cadence', 'it needs `from`, the first version that should exist');
    const first = firstOf(cadence, pattern, written.from);
    return first === undefined
      ? wrong(
          'from',
          `${JSON.stringify(written.from)} is no ${cadence} version as ${JSON.stringify(pattern)} writes it, nor a day`,
        )
      : { cadence, pattern, from: first };
  });
}

function valueAt(node: YamlNode, key: string): YamlNode {
  const entry = node.kind === 'map' ? node.entries.find((each) => each.key === key) : undefined;
  return entry?.value ?? node;
}

/** The first version: as the pattern writes it, or that of the period in which a day lies. */
function firstOf(cadence: Cadence, pattern: string, from: string): string | undefined {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(from);
  const isDay = day !== null && !Number.isNaN(Date.parse(from)) && new Date(from).toISOString().startsWith(from);
  const ofDay = isDay ? periodOf(cadence, { year: Number(day[1]), month: Number(day[2]) }) : undefined;
  const period = readPeriod(pattern, from, cadence) ?? ofDay;
  if (period === undefined) return undefined;
  const first = writePeriod(pattern, period);
  // `%y` of 1999 would come back as 2099, and a pattern may hold what no version may.
  const isSame = readPeriod(pattern, first, cadence)?.year === period.year;
  return isVersion(first) && isSame ? first : undefined;
}

/**
 * The versions that should exist by now, oldest first. A period counts from the day on which it begins in New York.
 *
 * @returns undefined where nobody says so, or only the source knows
 */
export function expectedVersions(declared: ExpectedVersions | null, now: Date): Version[] | undefined {
  if (declared === null || 'from_source' in declared) return undefined;
  if ('expected' in declared) return [...declared.expected];
  const { cadence, pattern, from } = declared;
  const today = newYorkDate(now);
  const month = { year: Number(today.slice(0, 4)), month: Number(today.slice(4, 6)) };
  const first = readPeriod(pattern, from, cadence)!;
  return periodsBetween(cadence, first, month).map((period) => parseVersion(writePeriod(pattern, period)));
}
