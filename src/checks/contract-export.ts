import { kindOf } from '../profile/kinds.ts';
import { type WantedCheck, wantedIn } from '../project/dataset-checks.ts';
import type { DatasetDefinition, Definition } from '../project/project.ts';
import type { IngestRecord } from '../store/ingest-record.ts';

/** The name under which a contract holds what its standard has no words for. */
export const OWN_ENGINE = 'lifecycle';
type Rule = Record<string, unknown>;

/**
 * A template as a document of the Open Data Contract Standard 3.1. What the standard has words for is said in them; other
 * checks stand as rules of the engine `lifecycle`, so that nothing is lost on the way back.
 *
 * @param latest the version whose columns and types are shown; without one those that the template declares
 */
export function contractOf(definition: Definition, latest: IngestRecord | undefined, ofProject: unknown): Rule {
  const { id, attributes } = definition;
  const purpose = attributes.description ?? attributes.name;
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id,
    ...(attributes.name === null ? {} : { name: attributes.name }),
    version: latest?.version ?? '0',
    status: latest ? 'active' : 'draft',
    ...(purpose === null ? {} : { description: { purpose } }),
    ...(latest
      ? {
          servers: [
            {
              server: 'store',
              type: 'local',
              path: `.lifecycle/ingest/${id}/${latest.version}/{model}/{model}.parquet`,
              format: 'parquet',
            },
          ],
        }
      : {}),
    schema: definition.datasets.map((dataset) => schemaObject(dataset, latest, ofProject)),
  };
}

function schemaObject(dataset: DatasetDefinition, latest: IngestRecord | undefined, ofProject: unknown): Rule {
  const { id, attributes, columns: declared } = dataset;
  const physical = latest?.datasets.find((each) => each.id === id)?.columns;
  const names = physical?.map(({ name }) => name) ?? [];
  const all = [...names, ...declared.map((each) => each.id).filter((name) => !names.includes(name))];
  const keys = declared.filter(({ id: column, checks }) =>
    wantedIn(checks, column).some(({ name }) => name === 'is_primary_key'),
  );
  const properties = all.map((name) => {
    const column = declared.find((each) => each.id === name);
    const type = physical?.find((each) => each.name === name)?.type;
    const position = keys.findIndex((each) => each.id === name) + 1;
    return property(name, {
      type,
      description: column?.description,
      position,
      declaredType: column?.data_type,
      checks: wantedIn(column?.checks, name),
      isRequired: column?.is_required !== false,
    });
  });
  const own = wantedIn(dataset.checks, null);
  const general = wantedIn(ofProject, null).filter(({ name }) => !own.some((each) => each.name === name));
  const quality = [...own, ...general].flatMap(ofDataset);
  return {
    name: id,
    physicalName: id,
    physicalType: 'table',
    logicalType: 'object',
    ...(attributes.name === null ? {} : { businessName: attributes.name }),
    ...(attributes.description === null ? {} : { description: attributes.description }),
    ...(properties.length > 0 ? { properties } : {}),
    ...(quality.length > 0 ? { quality } : {}),
  };
}

interface PropertyFacts {
  type: string | undefined;
  declaredType: string | undefined;
  description: string | null | undefined;
  /** In the primary key, from 1. */
  position: number;
  checks: readonly WantedCheck[];
  isRequired: boolean;
}

function property(
  name: string,
  { type, declaredType, description, position, checks, isRequired }: PropertyFacts,
): Rule {
  const logicalType = type === undefined ? LOGICAL_OF_DECLARED[declaredType ?? ''] : logicalTypeOf(type);
  const options: Rule = {};
  const quality: Rule[] = [];
  let isNeeded = position > 0;
  for (const check of checks) {
    if (check.name === 'is_primary_key') continue;
    const isStrict = !check.warnOnly && check.ignoreNulls;
    if (check.name === 'non_nullable' && !check.warnOnly) isNeeded = true;
    else if (isStrict && isRequired && takeOption(check, logicalType, options)) continue;
    else quality.push(...ofColumn(check));
  }
  return {
    name,
    ...(logicalType === undefined ? {} : { logicalType }),
    ...(type === undefined ? {} : { physicalType: type.replace(/^GEOMETRY\(.*\)$/s, 'GEOMETRY') }),
    ...(description ? { description } : {}),
    ...(isNeeded ? { required: true } : {}),
    ...(position > 0 ? { primaryKey: true, primaryKeyPosition: position } : {}),
    ...(Object.keys(options).length > 0 ? { logicalTypeOptions: options } : {}),
    ...(quality.length > 0 ? { quality } : {}),
  };
}

const LOGICAL_OF_DECLARED: Readonly<Record<string, string>> = {
  bbl: 'string',
  bool: 'boolean',
  date: 'date',
  datetime: 'timestamp',
  decimal: 'number',
  integer: 'integer',
  number: 'number',
  text: 'string',
};

/** Undefined for shapes and the like, for which the standard has no type. */
export function logicalTypeOf(type: string): string | undefined {
  const kind = kindOf(type);
  if (kind === 'text') return 'string';
  if (kind === 'boolean') return 'boolean';
  if (kind === 'number') return /INT/.test(type) ? 'integer' : 'number';
  if (kind === 'moment') return type === 'DATE' ? 'date' : type.startsWith('TIMESTAMP') ? 'timestamp' : 'time';
  return type.endsWith('[]') ? 'array' : undefined;
}

/** Bounds that the standard has as options of a type; each only once. Gives whether it could be said so. */
function takeOption({ name, args }: WantedCheck, logicalType: string | undefined, options: Rule): boolean {
  const put = (wanted: Rule) => {
    const entries = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null);
    if (entries.length === 0 || entries.some(([key]) => key in options)) return false;
    Object.assign(options, Object.fromEntries(entries));
    return true;
  };
  const isOrdered = ['integer', 'number', 'date', 'timestamp'].includes(logicalType ?? '');
  const isText = logicalType === 'string';
  if (isText && name === 'str_length') {
    const exact = args.exact_value ?? undefined;
    return put({ minLength: exact ?? args.min_value, maxLength: exact ?? args.max_value });
  }
  if (isText && name === 'str_matches') return put({ pattern: `^(?:${String(args.pattern)})` });
  if (!isOrdered) return false;
  const fits = (value: unknown) =>
    (typeof value === 'number') === (logicalType === 'integer' || logicalType === 'number');
  if (![args.min_value, args.max_value].every((value) => value === undefined || fits(value))) return false;
  switch (name) {
    case 'greater_than':
      return put({ exclusiveMinimum: args.min_value });
    case 'greater_than_or_equal_to':
      return put({ minimum: args.min_value });
    case 'less_than':
      return put({ exclusiveMaximum: args.max_value });
    case 'less_than_or_equal_to':
      return put({ maximum: args.max_value });
    case 'in_range':
      return put({
        [args.include_min ? 'minimum' : 'exclusiveMinimum']: args.min_value,
        [args.include_max ? 'maximum' : 'exclusiveMaximum']: args.max_value,
      });
  }
  return false;
}

const facts = ({ title, description, warnOnly }: WantedCheck): Rule => ({
  ...(title === null ? {} : { name: title }),
  ...(description === null ? {} : { description }),
  severity: warnOnly ? 'warning' : 'error',
});

function ofColumn(check: WantedCheck): Rule[] {
  const { name, args } = check;
  const library = (rule: Rule): Rule[] => [{ type: 'library', ...rule, ...facts(check) }];
  if (name === 'non_nullable') return library({ metric: 'nullValues', mustBe: 0 });
  if (name === 'null_share')
    return library({ metric: 'nullValues', mustBeLessOrEqualTo: args.max_share, unit: 'percent' });
  if (
    name === 'isin' &&
    check.ignoreNulls &&
    Array.isArray(args.allowed_values) &&
    !args.allowed_values.includes(null)
  ) {
    return library({ metric: 'invalidValues', arguments: { validValues: args.allowed_values }, mustBe: 0 });
  }
  return own(check);
}

function ofDataset(check: WantedCheck): Rule[] {
  const { name, args } = check;
  const library = (rule: Rule): Rule => ({ type: 'library', ...rule, ...facts(check) });
  if (name === 'unique')
    return [library({ metric: 'duplicateValues', arguments: { properties: args.columns }, mustBe: 0 })];
  if (name !== 'row_count') return own(check);
  const { min_value: least, max_value: most, ...others } = args;
  const rules: Rule[] = [];
  if (typeof least === 'number' && typeof most === 'number' && least < most)
    rules.push(library({ metric: 'rowCount', mustBeBetween: [least, most] }));
  else {
    if (typeof least === 'number') rules.push(library({ metric: 'rowCount', mustBeGreaterOrEqualTo: least }));
    if (typeof most === 'number') rules.push(library({ metric: 'rowCount', mustBeLessOrEqualTo: most }));
  }
  return Object.keys(others).length > 0 ? [...rules, ...own({ ...check, args: others })] : rules;
}

/** A check that only this program knows, as a template has it. */
function own(check: WantedCheck): Rule[] {
  const { name, args, ignoreNulls, cases, error } = check;
  const settings = {
    args,
    ...(ignoreNulls ? {} : { ignore_na: false }),
    ...(cases === null ? {} : { n_failure_cases: cases }),
    ...(error === null ? {} : { error }),
  };
  return [{ type: 'custom', engine: OWN_ENGINE, implementation: { [name]: settings }, ...facts(check) }];
}
