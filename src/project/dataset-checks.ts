import { closest } from '../suggest.ts';
import { checkArguments } from './argument-fields.ts';
import {
  describe,
  type Field,
  INVALID,
  type Invalid,
  listOf,
  nullable,
  type Reading,
  refuse,
  taking,
  text,
} from './fields.ts';
import { type JsonObject, nodeToJson } from './json-values.ts';
import { looseBoolean, looseTruth } from './loose-boolean.ts';
import { type FieldShape, modelOf, optional } from './map-fields.ts';
import type { DatasetDefinition } from './project.ts';
import type { CheckDeclaration } from './vocabulary/check.ts';
import { CHECKS, type CheckName, checksOn, isCheckName } from './vocabulary/checks.ts';
import type { YamlMapNode, YamlNode } from './yaml.ts';

type Location = readonly (string | number)[];

/** What is asked of a dataset in comparison with the version before and with its CRS; what fails is not published. */
export interface DatasetRules {
  /** Rows against the version before, in percent of those. */
  row_count?: Rule & { max_decrease?: number; max_increase?: number };
  /** No column of the version before is dropped, renamed or of another type. */
  same_columns?: Rule;
  /** The CRS of the version before. */
  same_crs?: Rule;
  /** At most this share of the rows, in percent, lies outside the CRS's area of use. */
  within_crs_area?: Rule & { max_share?: number };
}

export type RuleName = keyof DatasetRules;

export interface Rule {
  /** Publish all the same, with a warning. */
  warn_only: boolean;
}

const RULE_ARGUMENTS: Record<RuleName, readonly string[]> = {
  row_count: ['max_decrease', 'max_increase'],
  same_columns: [],
  same_crs: [],
  within_crs_area: ['max_share'],
};
const isRuleName = (name: unknown): name is RuleName => typeof name === 'string' && Object.hasOwn(RULE_ARGUMENTS, name);

const trueOrFalse: Field<boolean> = (node, at, reading) => {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  return refuse(reading, at, node, 'bool_type', `expected true or false, found ${describe(node)}`);
};
const howMany: Field<number> = (node, at, reading) => {
  const value = node.kind === 'scalar' && typeof node.value === 'bigint' ? Number(node.value) : -1;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(reading, at, node, 'int_type', `expected a whole number from 0, found ${describe(node)}`);
};
const anySetting: FieldShape<unknown> = optional<unknown>(
  (node) => nodeToJson(node),
  () => undefined,
);
const words = optional(nullable(text), () => null);
const truth = optional(nullable(trueOrFalse), () => null);

/** What stands beside `args`: attributes of pandera's checks. Groups mean nothing here. */
const ATTRIBUTES = {
  warn_only: truth,
  raise_warning: truth,
  ignore_na: truth,
  n_failure_cases: optional(nullable(howMany), () => null),
  name: words,
  title: words,
  description: words,
  error: words,
  groups: anySetting,
  groupby: anySetting,
};

const valueUnder = (node: YamlMapNode, key: string) => node.entries.find((entry) => entry.key === key)?.value;

function needsArguments({ arguments: declared, needsOne }: CheckDeclaration): string | undefined {
  const needed = Object.entries(declared).flatMap(([name, { required }]) => (required ? [name] : []));
  if (needed.length > 0) return needed.join(' and ');
  return needsOne.length === 0 ? undefined : `${needsOne.slice(0, -1).join(', ')} or ${needsOne.at(-1)}`;
}

/** Arguments and attributes of a check that is known. `node` is absent where its name alone is written. */
function settingsFit(name: CheckName, node: YamlNode | undefined, at: Location, reading: Reading, offset: number) {
  const declared: CheckDeclaration = CHECKS[name];
  const owner = `the check ${name}`;
  const needs = needsArguments(declared);
  if (node === undefined) {
    if (needs === undefined) return true;
    refuse(reading, at, { offset }, 'missing', `${owner} needs \`args\` with ${needs}`);
    return false;
  }
  if (node.kind !== 'map') {
    const short = declared.short === undefined ? undefined : declared.arguments[declared.short]!.type;
    if (short?.accepts(node)) return true;
    const what = short ? `a map, or ${short.name}` : 'a map';
    refuse(reading, at, node, 'model_type', `expected ${what}, found ${describe(node)}`);
    return false;
  }
  const args = valueUnder(node, 'args');
  const misplaced = node.entries.find(
    ({ key }) => Object.hasOwn(declared.arguments, String(key)) && !(String(key) in ATTRIBUTES),
  );
  if (misplaced) {
    const key = String(misplaced.key);
    const message = `\`${key}\` is an argument of ${name} and belongs below \`args\``;
    reading.issues.push({
      ...{ location: [...at, key], type: 'extra_forbidden', message, offset: misplaced.keyOffset },
      hint: `write ${name}: {args: {${key}: …}}`,
    });
    return false;
  }
  const before = reading.issues.length;
  if (args === undefined && needs !== undefined)
    refuse(reading, [...at, 'args'], node, 'missing', `${owner} needs \`args\` with ${needs}`);
  if (args !== undefined && !isNothing(args)) argumentsFit(declared, args, owner, [...at, 'args'], reading);
  attributes(node, at, reading);
  return reading.issues.length === before;
}

const isNothing = (node: YamlNode) => node.kind === 'scalar' && node.value === null;

function argumentsFit(declared: CheckDeclaration, node: YamlNode, owner: string, at: Location, reading: Reading): void {
  if (node.kind !== 'map') {
    refuse(reading, at, node, 'model_type', `expected a map, found ${describe(node)}`);
    return;
  }
  const { needsOne } = declared;
  if (!checkArguments(declared, { node, offset: node.offset, owner }, at, reading)) return;
  if (needsOne.length > 0 && !needsOne.some((each) => valueUnder(node, each))) {
    refuse(reading, at, node, 'value_error', `${owner} needs one of ${needsOne.join(', ')}`);
  }
}

const attributes = modelOf({ fields: { args: anySetting, ...ATTRIBUTES }, unknown: 'refuse' });

/** One name of a check with what stands under it; what is not known here is said, kept as it is and not carried out. */
function namedCheck(
  place: 'column' | 'dataset',
  { name, offset, node }: { name: string; offset: number; node?: YamlNode | undefined },
  at: Location,
  reading: Reading,
): boolean {
  const names: readonly string[] = checksOn(place);
  if (isCheckName(name) && names.includes(name)) return settingsFit(name, node, at, reading, offset);
  const near = closest(name, names);
  const elsewhere = isCheckName(name)
    ? `${name} is a check of a ${CHECKS[name].on}`
    : `there is no check ${JSON.stringify(name)}`;
  const hint = { hint: 'docs/checks.md lists the checks' };
  reading.dropped.push({
    ...{ location: [...at], type: 'unknown_check', message: `${elsewhere}; it is not carried out here`, offset },
    ...(near === undefined || near === name ? hint : { suggestion: near }),
  });
  return true;
}

const checkItem =
  (place: 'column' | 'dataset', one: boolean): Field<unknown> =>
  (node, at, reading) => {
    if (node.kind !== 'map') {
      const name = text(node, at, reading);
      if (name === INVALID) return INVALID;
      return namedCheck(place, { name, offset: node.offset }, at, reading) ? name : INVALID;
    }
    if (one && node.entries.length !== 1) {
      const message = `a check is a map of exactly one name, found ${node.entries.length}`;
      return refuse(reading, at, node, 'value_error', message);
    }
    const fit = node.entries.map(({ key, keyOffset, value }) =>
      namedCheck(place, { name: String(key), offset: keyOffset, node: value }, [...at, String(key)], reading),
    );
    return fit.every(Boolean) ? nodeToJson(node) : INVALID;
  };

/** One item of a dataset's `checks`. */
export const datasetCheck: Field<unknown> = checkItem('dataset', false);

const columnList = listOf(checkItem('column', true));

/** The older form of the department's metadata: a map from a check to whether it holds. */
function columnMap(node: YamlMapNode, at: Location, reading: Reading): unknown | Invalid {
  let fits = true;
  for (const { key, keyOffset, value } of node.entries) {
    const [name, place] = [String(key), [...at, String(key)]];
    if (name !== 'is_primary_key' && name !== 'non_nullable') {
      fits = namedCheck('column', { name, offset: keyOffset, node: value }, place, reading) && fits;
    } else if (!isNothing(value)) fits = looseBoolean(value, place, reading) !== INVALID && fits;
  }
  return fits ? nodeToJson(node) : INVALID;
}

/** `checks` of a column. */
export const columnChecks: Field<unknown> = taking({ words: 'a list of checks, or a map' }, (node, at, reading) =>
  node.kind === 'map' ? columnMap(node, at, reading) : columnList(node, at, reading),
);

/** In a file of ours, where a name that is not known can only be a mistake. */
export const knownCheck: Field<unknown> = (node, at, reading) => {
  const found: Reading = { issues: reading.issues, dropped: [] };
  const value = datasetCheck(node, at, found);
  const [unknown] = found.dropped;
  if (!unknown) return value;
  const message = unknown.message.replace(/; it is not carried out here$/, '');
  return refuse(reading, at, unknown, 'enum', message, unknown.suggestion, checksOn('dataset'));
};

/** A check that a template asks for, as it was read. */
export interface WantedCheck {
  name: CheckName;
  /** Null of a whole dataset. */
  column: string | null;
  args: JsonObject;
  warnOnly: boolean;
  ignoreNulls: boolean;
  /** How many rows that fail are shown; null: as many as usual. */
  cases: number | null;
  /** What the template calls it. */
  title: string | null;
  description: string | null;
  /** The sentence that it has for a failure. */
  error: string | null;
  /** Where it stands below its dataset: keys and numbers from there. */
  way: (string | number)[];
  /** It stands in lifecycle.yml. */
  isOfProject?: true;
}

/** The checks of a list or a map, in the order of the file; those that are not known are left out. */
export function wantedIn(
  checks: unknown,
  column: string | null,
  way: readonly (string | number)[] = ['checks'],
): WantedCheck[] {
  const place = column === null ? 'dataset' : 'column';
  const one = (name: string, settings: unknown, where: (string | number)[]): WantedCheck[] => {
    if (!isCheckName(name) || !checksOn(place).includes(name)) return [];
    const declared: CheckDeclaration = CHECKS[name];
    const isMap = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
    const given = (isMap ? settings : {}) as { args?: JsonObject | null } & Record<string, unknown>;
    const short = isMap || settings === undefined ? {} : { [declared.short!]: settings };
    const asText = (key: string) => (typeof given[key] === 'string' ? given[key] : null);
    return [
      {
        ...{ name, column, way: where, args: { ...defaultsOf(declared), ...given.args, ...short } as JsonObject },
        warnOnly: given.warn_only === true || given.raise_warning === true,
        ignoreNulls: given.ignore_na !== false,
        cases: typeof given.n_failure_cases === 'number' ? given.n_failure_cases : null,
        ...{ title: asText('name') ?? asText('title'), description: asText('description'), error: asText('error') },
      },
    ];
  };
  if (Array.isArray(checks)) {
    return checks.flatMap((item: unknown, i) =>
      typeof item === 'string'
        ? one(item, undefined, [...way, i])
        : Object.entries(item as JsonObject).flatMap(([name, settings]) => one(name, settings, [...way, i, name])),
    );
  }
  return Object.entries((checks ?? {}) as JsonObject).flatMap(([name, settings]) => {
    const truth = typeof settings === 'object' ? undefined : looseTruth(settings);
    if (settings === null || truth === false) return [];
    return one(name, truth === true ? undefined : settings, [...way, name]);
  });
}

function defaultsOf({ arguments: declared }: CheckDeclaration): Record<string, unknown> {
  const all = Object.entries(declared).map(([name, { otherwise }]) => [name, otherwise] as const);
  return Object.fromEntries(all.filter(([, otherwise]) => otherwise !== undefined));
}

/**
 * What is to be looked at in a dataset's rows and columns. What the project asks of all datasets counts where the template
 * does not name that check itself.
 */
export function wantedChecks(
  { columns, checks }: Pick<DatasetDefinition, 'columns' | 'checks'>,
  ofProject: unknown,
): WantedCheck[] {
  const own = wantedIn(checks, null);
  const general = wantedIn(ofProject, null).filter(({ name }) => !own.some((each) => each.name === name));
  const all = [...columns.flatMap(({ id, checks: each }, i) => wantedIn(each, id, ['columns', i, 'checks'])), ...own];
  const isLookedAt = ({ name, args }: WantedCheck) =>
    name === 'row_count' ? ['min_value', 'max_value'].some((key) => typeof args[key] === 'number') : !isRuleName(name);
  return [...all, ...general.map((each) => ({ ...each, isOfProject: true as const }))].filter(isLookedAt);
}

/** Whether columns that are not declared are left out of what is written. */
export function discardsUndeclared(
  dataset: Pick<DatasetDefinition, 'columns' | 'checks'>,
  ofProject: unknown,
): boolean {
  return wantedChecks(dataset, ofProject).some(({ name, args }) => name === 'columns' && args.undeclared === 'discard');
}

/** The rules among a dataset's checks, as they were read; of two of one name the last one counts. */
export function rulesOf(checks: unknown): DatasetRules {
  const rules: Record<string, unknown> = {};
  for (const { name, args, warnOnly } of wantedIn(checks, null)) {
    if (!isRuleName(name)) continue;
    const own = Object.entries(args).filter(([key]) => RULE_ARGUMENTS[name].includes(key));
    // Bounds of the rows alone say nothing of the version before.
    if (name === 'row_count' && own.length === 0) continue;
    rules[name] = { ...Object.fromEntries(own), warn_only: warnOnly };
  }
  return rules as DatasetRules;
}
