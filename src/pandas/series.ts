import type { Engine } from '../engine/engine.ts';
import { escapePattern, literal, literalOf } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import {
  aggregate,
  findColumn,
  GEOMETRY,
  isNumeric,
  isText,
  type Relation,
  type RelationColumn,
  withColumn,
} from '../relation/relation.ts';
import { filled } from './fillna.ts';
import { flagsFrom, TextPattern } from './pattern.ts';
import { PYTHON_WHITESPACE, stripped } from './python-text.ts';
import { type ReplaceArguments, replaceIn } from './replace.ts';
import { NUMBER_METHODS } from './series-number.ts';
import { TEXT_CHANGES, TEXT_COUNTS, TEXT_TESTS } from './series-text.ts';

type Change = Partial<Pick<RelationColumn, 'expression' | 'type'>>;
type Arguments = Record<string, unknown>;
interface Context {
  relation: Relation;
  engine: Engine;
}
type SeriesMethod = (column: RelationColumn, args: Arguments, context: Context) => Change | Promise<Change>;

/**
 * A method of text columns. A column without a single value is of no type, whatever its nulls were read as: of a list of
 * records pandas takes it for one of texts, and every method leaves nothing in it.
 *
 * @throws LifecycleError ING_BAD_VALUE on others
 */
function onText(sql: (text: string, args: Arguments) => string, type = 'VARCHAR'): SeriesMethod {
  return async (column, args, context) => {
    if (isText(column)) return { expression: sql(column.expression, args), type };
    if (await hasValues(column, context)) {
      throw new LifecycleError(
        'ING_BAD_VALUE',
        `column ${JSON.stringify(column.name)} holds ${column.type}, and str methods need text`,
        { hint: 'coerce the column to string in an earlier step, or read it with dtype: str' },
      );
    }
    const held = type === 'BOOLEAN' && typeof args.na === 'boolean' ? String(args.na) : 'NULL';
    return { expression: `CAST(${held} AS ${type})`, type };
  };
}

async function hasValues({ expression }: RelationColumn, { relation, engine }: Context): Promise<boolean> {
  const { values } = await aggregate(engine, relation, { values: `count(${expression})` });
  return Number(values) > 0;
}

/** A method of text columns that counts. */
function counted(sql: (text: string, args: Arguments) => string): SeriesMethod {
  const count = onText(sql, 'BIGINT');
  return async (column, args, context) => wholeNumbers((await count(column, args, context)).expression!, context);
}

function onGeometry(sql: (geometry: string, args: Arguments) => string): SeriesMethod {
  return (column, args) => {
    if (column.type !== GEOMETRY) {
      throw new LifecycleError('ING_NO_GEOMETRY', `column ${JSON.stringify(column.name)} is no geometry`, {
        hint: 'name the geometry column',
      });
    }
    return { expression: sql(column.expression, args) };
  };
}

const characters = (args: Arguments) => literal(typeof args.to_strip === 'string' ? args.to_strip : PYTHON_WHITESPACE);

/** Position in Python's way, from the end when negative, as SQL bounds of `text[from:to]` (1-based, inclusive). */
function slice(text: string, start: unknown, stop: unknown, step: unknown): string {
  if (typeof step === 'number' && step !== 1) {
    if (step < 1) {
      throw new LifecycleError('ING_BAD_OPTION', `str.slice: step is ${step}`, { hint: 'write a step of 1 or more' });
    }
    const characters = `regexp_extract_all(${slice(text, start, stop, 1)}, '(?s).')`;
    return `array_to_string(${characters}[1:-1:${step}], '')`;
  }
  const from = typeof start === 'number' ? (start >= 0 ? start + 1 : start) : 1;
  const to = typeof stop === 'number' ? (stop > 0 ? stop : stop === 0 ? -(2 ** 31) : stop - 1) : undefined;
  return stop === 0
    ? `left(${text}, 0)`
    : to === undefined
      ? `array_slice(${text}, ${from}, length(${text}))`
      : `array_slice(${text}, ${from}, ${to})`;
}

/** `pat` may be a map from patterns to replacements, which are made one after another. */
function replaceText(text: string, args: Arguments): string {
  const { pat, repl } = args;
  if (pat !== null && typeof pat === 'object')
    return Object.entries(pat).reduce((result, [from, to]) => replaceOne(result, from, to, args), text);
  return replaceOne(text, String(pat), repl, args);
}

function replaceOne(text: string, pattern: string, replacement: unknown, args: Arguments): string {
  if (typeof replacement !== 'string') {
    throw new LifecycleError('ING_BAD_OPTION', `str.replace: repl is ${JSON.stringify(replacement ?? null)}, no text`, {
      hint: "write repl: '' to take the text away",
    });
  }
  const flags = Number(args.flags ?? 0);
  const times = Number(args.n ?? -1);
  if (times === 0) return text;
  const ignoresCase = args.case === false || flags !== 0;
  const isPattern = args.regex === true;
  const every = times < 0;
  if (!isPattern && !ignoresCase && every && pattern !== '')
    return `replace(${text}, ${literal(pattern)}, ${literal(replacement)})`;
  // Arrow replaces by RE2 itself; where it cannot, Python's `re` takes over: with flags, names of groups, empty patterns.
  const byPython = !isPattern || ignoresCase || pattern === '' || replacement.includes('\\g<');
  const expression = byPython
    ? TextPattern.python(isPattern ? pattern : escapePattern(pattern), flagsFrom(flags, args.case === false))
    : TextPattern.arrow(pattern);
  // Python reads a replacement as such wherever it searches by `re`; plain text goes in as it is.
  const made = isPattern || ignoresCase ? replacement : replacement.replaceAll('\\', '\\\\');
  return expression.replace(text, made, every ? 0 : times);
}

/** `pat` of one character is text, a longer one a pattern unless `regex` says otherwise. */
function splitText(text: string, { pat, n, expand, regex }: Arguments): string {
  refuseUnlessDefault('str.split', { expand: [expand, false] });
  const most = Math.max(0, Number(n ?? -1));
  if (pat === undefined || pat === null) {
    refuseUnlessDefault('str.split', { n: [n, -1] });
    return `list_filter(regexp_split_to_array(trim(${text}), '\\s+'), lambda w: w <> '')`;
  }
  const isPattern = regex === true || (regex !== false && [...String(pat)].length !== 1);
  const isPlain = !isPattern || /^[\w\s,;:/&-]+$/.test(String(pat));
  if (isPlain && most === 0) return `string_split(${text}, ${literal(String(pat))})`;
  return TextPattern.python(isPattern ? String(pat) : escapePattern(String(pat))).split(text, most);
}

function pad(text: string, args: Arguments, side: string): string {
  const width = Number(args.width);
  const fill = literal(typeof args.fillchar === 'string' ? args.fillchar : ' ');
  const kept = (padded: string) => `CASE WHEN length(${text}) >= ${width} THEN ${text} ELSE ${padded} END`;
  if (side === 'right') return kept(`rpad(${text}, ${width}::INTEGER, ${fill})`);
  if (side === 'left') return kept(`lpad(${text}, ${width}::INTEGER, ${fill})`);
  const missing = `(${width} - length(${text}))`;
  // As Python's str.center: the odd character goes to the left where the width is odd too.
  const before = `CAST(floor(${missing} / 2.0) AS INTEGER)${width % 2 === 1 ? ` + CAST(${missing} % 2 AS INTEGER)` : ''}`;
  return kept(`repeat(${fill}, ${before}) || ${text} || repeat(${fill}, CAST(${missing} - (${before}) AS INTEGER))`);
}

/** A sign stays in front of the zeros. */
function zfill(text: string, args: Arguments): string {
  const width = Number(args.width);
  const sign = `CASE WHEN ${text}[1] IN ('+', '-') THEN ${text}[1] ELSE '' END`;
  const digits = `substr(${text}, length(${sign}) + 1)`;
  return `CASE WHEN length(${text}) >= ${width} THEN ${text} ELSE ${sign} || lpad(${digits}, CAST(${width} - length(${sign}) AS INTEGER), '0') END`;
}

function title(text: string): string {
  return `list_aggregate(list_transform(regexp_extract_all(lower(${text}), '[\\p{L}]+|[^\\p{L}]+'), lambda w: upper(w[1]) || substr(w, 2)), 'string_agg', '')`;
}

const map: SeriesMethod = async (column, args, context) => {
  const mapping = (args.func ?? args.arg) as Record<string, unknown>;
  const values = Object.values(mapping);
  const whole = values.every((value) => typeof value === 'number' && Number.isSafeInteger(value));
  const type = values.every((value) => typeof value === 'string')
    ? 'VARCHAR'
    : whole
      ? 'BIGINT'
      : values.every((value) => typeof value === 'number')
        ? 'DOUBLE'
        : undefined;
  if (!type)
    throw new LifecycleError('ING_BAD_OPTION', 'map: the values are of several kinds', {
      hint: 'map to texts only, or to numbers only',
    });
  const key = (text: string) => (isNumeric(column) ? `${literal(text)}::DOUBLE` : literal(text));
  const cases = Object.entries(mapping).map(
    ([from, to]) => `WHEN ${column.expression} = ${key(from)} THEN ${literalOf(to)}`,
  );
  const mapped = cases.length > 0 ? `CAST(CASE ${cases.join(' ')} END AS ${type})` : `NULL::${type}`;
  return type === 'BIGINT' ? wholeNumbers(mapped, context) : { expression: mapped, type };
};

/** int64, or double where a value is missing. */
async function wholeNumbers(expression: string, { engine, relation }: Context): Promise<Change> {
  const { nulls } = await aggregate(engine, relation, { nulls: `count(*) - count(${expression})` });
  return Number(nulls) === 0
    ? { expression, type: 'BIGINT' }
    : { expression: `CAST(${expression} AS DOUBLE)`, type: 'DOUBLE' };
}

/** @throws LifecycleError ING_BAD_OPTION for an option that is set to something else */
function refuseUnlessDefault(method: string, options: Record<string, [given: unknown, usual: unknown]>): void {
  for (const [name, [given, usual]] of Object.entries(options)) {
    if (given === undefined || given === null || given === usual || (name === 'n' && given === 0)) continue;
    throw new LifecycleError('ING_BAD_OPTION', `${method}: ${name}: ${JSON.stringify(given)} is not supported`, {
      hint: `leave ${name} out`,
    });
  }
}

function each<T>(
  methods: Readonly<Record<string, T>>,
  wrap: (method: T) => SeriesMethod,
): Record<string, SeriesMethod> {
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, wrap(method)]));
}

/** How many segments stand for a quarter of a circle, as in shapely. */
const QUARTER_SEGMENTS = 16;

/** Methods of a pandas or geopandas Series by name; what each takes is declared in the vocabulary. */
export const SERIES_METHODS_SQL: Record<string, SeriesMethod> = {
  ...each(TEXT_TESTS, (sql) => onText(sql, 'BOOLEAN')),
  ...each(TEXT_COUNTS, counted),
  ...each(TEXT_CHANGES, (sql) => onText(sql)),
  ...NUMBER_METHODS,
  'str.capitalize': onText((text) => `upper(${text}[1]) || lower(substr(${text}, 2))`),
  'str.get': onText((text, { i }) => `nullif(${text}[${Number(i) >= 0 ? Number(i) + 1 : Number(i)}], '')`),
  'str.len': counted((text) => `length(${text})`),
  'str.lower': onText((text) => `lower(${text})`),
  'str.lstrip': onText((text, args) => `ltrim(${text}, ${characters(args)})`),
  'str.ljust': onText((text, args) => pad(text, args, 'right')),
  'str.rjust': onText((text, args) => pad(text, args, 'left')),
  'str.center': onText((text, args) => pad(text, args, 'both')),
  'str.slice_replace': onText(
    (text, { start, stop, repl }) =>
      `${slice(text, 0, start ?? 0, 1)} || ${literal(String(repl ?? ''))} || ${stop === undefined || stop === null ? "''" : slice(text, stop, undefined, 1)}`,
  ),
  'str.pad': onText((text, args) => pad(text, args, String(args.side ?? 'left'))),
  'str.removeprefix': onText(
    (text, { prefix }) =>
      `CASE WHEN starts_with(${text}, ${literal(String(prefix))}) THEN substr(${text}, ${[...String(prefix)].length + 1}) ELSE ${text} END`,
  ),
  'str.removesuffix': onText(
    (text, { suffix }) =>
      `CASE WHEN ends_with(${text}, ${literal(String(suffix))}) THEN left(${text}, length(${text}) - ${[...String(suffix)].length}) ELSE ${text} END`,
  ),
  'str.replace': onText(replaceText),
  'str.rstrip': onText((text, args) => `rtrim(${text}, ${characters(args)})`),
  'str.slice': onText((text, { start, stop, step }) => slice(text, start, stop, step)),
  'str.findall': onText((text, { pat, flags }) => {
    const pattern = TextPattern.python(String(pat), flagsFrom(flags));
    if (pattern.groups <= 1) return pattern.findAll(text);
    throw new LifecycleError(
      'ING_BAD_OPTION',
      `str.findall: the pattern ${JSON.stringify(pat)} has ${pattern.groups} groups`,
      {
        hint: 'write one group at most; others may be (?:…)',
      },
    );
  }, 'VARCHAR[]'),
  'str.split': onText(splitText, 'VARCHAR[]'),
  'str.strip': onText((text, args) =>
    typeof args.to_strip === 'string' ? `trim(${text}, ${literal(args.to_strip)})` : stripped(text),
  ),
  'str.title': onText(title),
  'str.upper': onText((text) => `upper(${text})`),
  'str.zfill': onText(zfill),
  fillna: (column, { value }) => {
    const fits = typeof value === 'string' ? isText(column) : isNumeric(column) || column.type === 'BOOLEAN';
    if (fits) return { expression: filled(column, value) };
    throw new LifecycleError(
      'ING_BAD_OPTION',
      `fillna: ${JSON.stringify(value)} is not of the kind of column ${JSON.stringify(column.name)}, ${column.type}`,
      {
        hint: 'fill text with text and numbers with numbers',
      },
    );
  },
  replace: (column, args) => replaceIn(column, args as ReplaceArguments),
  round: (column, { decimals }) =>
    isNumeric(column) ? { expression: `round_even(${column.expression}, ${Number(decimals ?? 0)})` } : {},
  map,
  astype: async (column, { dtype }, { relation, engine }) => {
    const { castTo } = await import('./astype.ts');
    const { expression, type } = findColumn(
      await castTo(engine, withColumn(relation, column.name, column), column.name, String(dtype)),
      column.name,
    )!;
    return { expression, type };
  },
  force_2d: onGeometry((geometry) => `ST_Force2D(${geometry})`),
  make_valid: onGeometry((geometry) => `ST_MakeValid(${geometry})`),
  buffer: onGeometry((geometry, { distance }) => `ST_Buffer(${geometry}, ${Number(distance)}, ${QUARTER_SEGMENTS})`),
  simplify: onGeometry(
    (geometry, { tolerance, preserve_topology: keep }) =>
      `${keep === false ? 'ST_Simplify' : 'ST_SimplifyPreserveTopology'}(${geometry}, ${Number(tolerance)})`,
  ),
};
