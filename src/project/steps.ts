import { closest } from '../suggest.ts';
import { checkArguments } from './argument-fields.ts';
import { describe, type Field, INVALID, nullable, type Reading, refuse, taking, text } from './fields.ts';
import { type JsonObject, nodeToJson } from './json-values.ts';
import { modelOf, optional, required } from './map-fields.ts';
import type { ProcessingStep } from './project.ts';
import { methodsFor, OWN_ARGUMENTS } from './vocabulary/methods.ts';
import { isStepName, STEP_NAMES, STEPS } from './vocabulary/steps.ts';
import type { YamlMapNode, YamlNode } from './yaml.ts';

type Location = readonly (string | number)[];

/** The `args` of a step; its keys are text. */
const argumentMap: Field<YamlMapNode> = (node, at, reading) => {
  if (node.kind !== 'map') return refuse(reading, at, node, 'dict_type', `expected a map, found ${describe(node)}`);
  const odd = node.entries.find((entry) => typeof entry.key !== 'string');
  if (!odd) return node;
  const message = `the name of an argument must be text, found ${String(odd.key)}; quote it`;
  return refuse(reading, at, { offset: odd.keyOffset }, 'string_type', message);
};

interface WrittenStep {
  name: string;
  args: YamlMapNode | undefined;
  mode: string | null;
}

const writtenStep = modelOf<WrittenStep>({
  fields: {
    name: required(text),
    args: optional<YamlMapNode | undefined>(argumentMap, () => undefined),
    mode: optional(nullable(text), () => null),
  },
  unknown: 'drop',
});

/** One processing step, its name and arguments checked against what the step takes. */
export const processingStep: Field<ProcessingStep> = taking(writtenStep.takes, (node, at, reading) => {
  const written = writtenStep(node, at, reading);
  if (written === INVALID) return INVALID;
  const nameNode = valueUnder(node, 'name') ?? node;
  const { name } = written;
  if (!isStepName(name)) {
    const message = `there is no step ${JSON.stringify(name)}`;
    const near = closest(name, STEP_NAMES);
    return refuse(reading, [...at, 'name'], nameNode, 'unknown_step', message, near, STEP_NAMES);
  }
  const given = { node: written.args, offset: nameNode.offset, owner: `the step ${name}` };
  const fits = checkArguments(STEPS[name], given, [...at, 'args'], reading);
  if (!fits || !methodFits(written, nameNode, at, reading)) return INVALID;
  return {
    name,
    args: written.args ? (nodeToJson(written.args) as JsonObject) : {},
    mode: written.mode || null,
  };
});

function valueUnder(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.kind !== 'map') return undefined;
  return node.entries.find((entry) => entry.key === key)?.value;
}

/** `pd_df_func` and `pd_series_func` name a method and pass it the rest of their arguments. */
function methodFits(step: WrittenStep, nameNode: YamlNode, at: Location, reading: Reading): boolean {
  const geo = valueUnder(step.args, 'geo');
  const methods = methodsFor(step.name, geo?.kind === 'scalar' && geo.value === true);
  if (!methods) return true;
  const node = valueUnder(step.args, 'function_name')!;
  const name = node.kind === 'scalar' ? String(node.value) : '';
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) {
    const names = Object.keys(methods);
    const message = `${step.name} knows no method ${JSON.stringify(name)}; it knows ${names.join(', ')}`;
    refuse(reading, [...at, 'args', 'function_name'], node, 'unknown_method', message, closest(name, names));
    return false;
  }
  const owner = `the method ${name}`;
  const given = { node: step.args, offset: nameNode.offset, owner, exempt: OWN_ARGUMENTS };
  return checkArguments(method, given, [...at, 'args'], reading);
}
