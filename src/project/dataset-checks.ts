import { describe, type Field, INVALID, nullable, refuse, text } from './fields.ts';
import { type JsonObject, nodeToJson } from './json-values.ts';
import { type FieldShape, modelOf, optional } from './map-fields.ts';

/** What is asked of a dataset beyond its template's steps, by the names that `checks` has for it. */
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

const percentage: Field<number> = (node, at, reading) => {
  const value = node.kind === 'scalar' && typeof node.value !== 'boolean' ? node.value : undefined;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number;
  return refuse(reading, at, node, 'percentage', `expected a number of percent, such as 50, found ${describe(node)}`);
};

const trueOrFalse: Field<boolean> = (node, at, reading) => {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  return refuse(reading, at, node, 'bool_type', `expected true or false, found ${describe(node)}`);
};

type Numbers = Record<string, number | undefined>;

const share = optional<number | undefined>(percentage, () => undefined);

/** The arguments of each check, and those of which it needs at least one. */
const ARGUMENTS: Record<RuleName, { fields: Record<string, FieldShape<number | undefined>>; needsOne: boolean }> = {
  row_count: { fields: { max_decrease: share, max_increase: share }, needsOne: true },
  same_columns: { fields: {}, needsOne: false },
  same_crs: { fields: {}, needsOne: false },
  within_crs_area: { fields: { max_share: share }, needsOne: false },
};

const RULE_NAMES = Object.keys(ARGUMENTS) as RuleName[];

const isRuleName = (name: unknown): name is RuleName => RULE_NAMES.some((known) => known === name);

/** Settings that checks of the department's tools have as well; of these only `warn_only` means something here. */
const anySetting = optional<unknown>(
  (node) => nodeToJson(node),
  () => undefined,
);
const nothing = optional(nullable(text), () => null);

function settingsOf(name: RuleName) {
  const { fields, needsOne } = ARGUMENTS[name];
  const args = modelOf<Numbers>({
    fields,
    unknown: 'refuse',
    check: (given) =>
      needsOne && Object.values(given).every((value) => value === undefined)
        ? `${name} needs one of ${Object.keys(fields).join(', ')}`
        : undefined,
  });
  return modelOf({
    fields: {
      args: needsOne ? { field: args } : optional<Numbers>(args, () => ({})),
      warn_only: optional(trueOrFalse, () => false),
      name: nothing,
      title: nothing,
      description: nothing,
      n_failure_cases: anySetting,
      ignore_na: anySetting,
      groups: anySetting,
      groupby: anySetting,
    },
    unknown: 'refuse',
  });
}

/** One item of a dataset's `checks`. Checks that are not known here are kept as they are, and not carried out. */
export const datasetCheck: Field<unknown> = (node, at, reading) => {
  if (node.kind !== 'map') {
    const name = text(node, at, reading);
    if (name === INVALID || !isRuleName(name) || !ARGUMENTS[name].needsOne) return name;
    const names = Object.keys(ARGUMENTS[name].fields).join(' or ');
    return refuse(reading, at, node, 'missing', `the check ${name} needs \`args\` with ${names}`);
  }
  for (const { key, value } of node.entries) {
    if (!isRuleName(key)) continue;
    if (settingsOf(key)(value, [...at, key], reading) === INVALID) return INVALID;
  }
  return nodeToJson(node);
};

/** In a file of ours, where a name that is not known can only be a mistake. */
export const knownCheck: Field<unknown> = (node, at, reading) => {
  const keys = node.kind === 'map' ? node.entries : [];
  const names: { name: unknown; offset: number }[] =
    node.kind === 'map' ? keys.map(({ key, keyOffset }) => ({ name: key, offset: keyOffset })) : [];
  if (node.kind === 'scalar') names.push({ name: node.value, offset: node.offset });
  for (const { name, offset } of names) {
    if (isRuleName(name)) continue;
    const message = `there is no check ${JSON.stringify(String(name))}; the checks are ${RULE_NAMES.join(', ')}`;
    return refuse(reading, at, { offset }, 'enum', message);
  }
  return datasetCheck(node, at, reading);
};

/** The rules among a dataset's checks, as they were read; of two of one name the last one counts. */
export function rulesOf(checks: unknown): DatasetRules {
  const rules: Record<string, unknown> = {};
  for (const check of Array.isArray(checks) ? (checks as unknown[]) : []) {
    const entries = typeof check === 'string' ? [[check, {}] as const] : Object.entries(check as JsonObject);
    for (const [name, settings] of entries) {
      if (!isRuleName(name)) continue;
      const { args, warn_only } = settings as { args?: JsonObject; warn_only?: boolean };
      rules[name] = { ...args, warn_only: warn_only === true };
    }
  }
  return rules as DatasetRules;
}
