import { LifecycleError } from '../errors.ts';
import { type WantedCheck, wantedIn } from '../project/dataset-checks.ts';
import { type Json, type JsonObject, nodeToJson } from '../project/json-values.ts';
import { CHECK_NAMES } from '../project/vocabulary/checks.ts';
import { readYaml } from '../project/yaml.ts';
import { OWN_ENGINE } from './contract-export.ts';

/** What a contract asks of a table. */
export interface ContractTable {
  /** The dataset that is meant. */
  name: string;
  columns: string[];
  rules: ContractRule[];
}

/** One thing that a contract asks. */
export interface ContractRule {
  /** The column; null for the table. */
  about: string | null;
  /** What the contract calls it, else what it is. */
  says: string;
  /** Of a severity below an error. */
  warnOnly: boolean;
  how: Asked;
}

export type Asked =
  | { by: 'check'; wanted: WantedCheck }
  | { by: 'type'; logicalType: string }
  | { by: 'metric'; metric: string; args: JsonObject; isPercent: boolean; operator: Operator }
  | { by: 'query'; query: string; operator: Operator }
  | { by: 'nobody'; why: string };

/** A comparison, and what with. */
export interface Operator {
  name: (typeof OPERATORS)[number];
  value: Json;
}

const OPERATORS = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;
const METRICS = ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'];
/** Severities that let what fails pass. */
const MILD = ['info', 'warn', 'warning', 'low', 'minor'];

const isMap = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const maps = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isMap) : []);
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** Reads a document of the Open Data Contract Standard, version 3. @throws LifecycleError LIF_BAD_CONTRACT */
export function readContract(text: string): ContractTable[] {
  const yaml = readYaml(text);
  if (yaml.problem) throw bad(`it cannot be read: ${yaml.problem.message}`);
  const document = yaml.node && nodeToJson(yaml.node);
  if (!isMap(document) || document.kind !== 'DataContract') throw bad('it does not say `kind: DataContract`');
  if (!/^v3\./.test(String(document.apiVersion)))
    throw bad(`its apiVersion is ${JSON.stringify(document.apiVersion ?? null)}, not v3.…`);
  const tables = maps(document.schema);
  if (tables.length === 0) throw bad('it has no `schema`, so it asks nothing');
  return tables.map(tableOf);
}

function bad(why: string): LifecycleError {
  return new LifecycleError('LIF_BAD_CONTRACT', `the contract is not understood: ${why}`, {
    hint: 'write it as the Open Data Contract Standard 3.1 has it; `lifecycle contract export ID` gives one',
  });
}

function tableOf(table: JsonObject): ContractTable {
  const name = textOf(table.physicalName) ?? textOf(table.name);
  if (name === undefined) throw bad('an object of its `schema` has no name');
  const properties = maps(table.properties);
  const columns = properties.map((each) => textOf(each.physicalName) ?? textOf(each.name) ?? '');
  if (columns.includes('')) throw bad(`a property of ${name} has no name`);
  const keys = properties.flatMap((each, i) => (each.primaryKey === true ? [columns[i]!] : []));
  const rules = properties.flatMap((each, i) => propertyRules(columns[i]!, each));
  if (keys.length > 0) rules.push(...keys.map((key) => checkRule(key, 'is_primary_key', {}, 'primaryKey')));
  return { name, columns, rules: [...rules, ...maps(table.quality).map((rule) => qualityRule(null, rule))] };
}

function checkRule(about: string | null, name: string, args: JsonObject, says: string): ContractRule {
  const [wanted] = wantedIn([{ [name]: { args } }], about);
  return { about, says, warnOnly: false, how: { by: 'check', wanted: wanted! } };
}

function propertyRules(column: string, property: JsonObject): ContractRule[] {
  const rules: ContractRule[] = [];
  const logicalType = textOf(property.logicalType);
  if (logicalType !== undefined)
    rules.push({
      about: column,
      says: `logicalType: ${logicalType}`,
      warnOnly: false,
      how: { by: 'type', logicalType },
    });
  if (property.required === true) rules.push(checkRule(column, 'non_nullable', {}, 'required'));
  if (property.unique === true) {
    rules.push({
      ...{ about: column, says: 'unique', warnOnly: false },
      how: {
        by: 'metric',
        metric: 'duplicateValues',
        args: {},
        isPercent: false,
        operator: { name: 'mustBe', value: 0 },
      },
    });
  }
  rules.push(...optionRules(column, isMap(property.logicalTypeOptions) ? property.logicalTypeOptions : {}));
  return [...rules, ...maps(property.quality).map((rule) => qualityRule(column, rule))];
}

/** Options of a type, by the check that asks for the same and its argument. */
const OPTIONS: Readonly<Record<string, [check: string, argument: string]>> = {
  minLength: ['str_length', 'min_value'],
  maxLength: ['str_length', 'max_value'],
  pattern: ['str_contains', 'pattern'],
  minimum: ['greater_than_or_equal_to', 'min_value'],
  exclusiveMinimum: ['greater_than', 'min_value'],
  maximum: ['less_than_or_equal_to', 'max_value'],
  exclusiveMaximum: ['less_than', 'max_value'],
};

function optionRules(column: string, options: JsonObject): ContractRule[] {
  return Object.entries(options).map(([name, value]) => {
    const says = `${name}: ${JSON.stringify(value)}`;
    const known = OPTIONS[name];
    if (known) return checkRule(column, known[0], { [known[1]]: value }, says);
    return { about: column, says, warnOnly: false, how: { by: 'nobody', why: 'this option is for people' } };
  });
}

function qualityRule(about: string | null, rule: JsonObject): ContractRule {
  const type = textOf(rule.type) ?? (rule.metric || rule.rule ? 'library' : 'text');
  const metric = textOf(rule.metric) ?? textOf(rule.rule);
  const says = textOf(rule.name) ?? textOf(rule.description) ?? metric ?? type;
  const warnOnly = MILD.includes(String(rule.severity).toLowerCase());
  return { about, says, warnOnly, how: asked(about, type, metric, rule) };
}

function asked(about: string | null, type: string, metric: string | undefined, rule: JsonObject): Asked {
  const nobody = (why: string): Asked => ({ by: 'nobody', why });
  if (type === 'text') return nobody('it is a text for people');
  if (type === 'custom') return ofEngine(about, rule);
  const given = OPERATORS.filter((name) => rule[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) return nobody('it does not say with one operator what the value must be');
  const operator: Operator = { name, value: rule[name]! };
  const query = textOf(rule.query);
  if (type === 'sql') return query === undefined ? nobody('it has no query') : { by: 'query', query, operator };
  if (metric === undefined || !METRICS.includes(metric)) return nobody(`the metric ${metric ?? ''} is not known`);
  const args = isMap(rule.arguments) ? rule.arguments : {};
  return { by: 'metric', metric, args, isPercent: rule.unit === 'percent', operator };
}

function ofEngine(about: string | null, { engine, implementation }: JsonObject): Asked {
  if (engine !== OWN_ENGINE) return { by: 'nobody', why: `it is for ${String(engine)}` };
  const [wanted, more] = isMap(implementation) ? wantedIn([implementation], about) : [];
  if (wanted && !more) return { by: 'check', wanted };
  return { by: 'nobody', why: `the checks are ${CHECK_NAMES.join(', ')}` };
}
