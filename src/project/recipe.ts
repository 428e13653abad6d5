import { readFile } from 'node:fs/promises';
import type { ErrorCode } from '../error-codes.ts';
import type { Finding, Place } from '../errors.ts';
import { type FieldIssue, formatLocation, hintOf, INVALID, type Reading } from './fields.ts';
import { renderStrictly } from './jinja/render-strictly.ts';
import { applyDatasetDefaults, type Recipe, recipeField } from './recipe-model.ts';
import { placesOf } from './rendered-places.ts';
import { secretFindings } from './secrets.ts';
import { readYaml } from './yaml.ts';

export type { Recipe } from './recipe-model.ts';

export interface RecipeOptions {
  /** When given (even empty), the only variables of the template, whatever their names. */
  vars?: Readonly<Record<string, string>> | undefined;
  /** Else its variables that begin with BUILD_ENV_ or BUILD_ENGINE_. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Gives variables that are not set a stand-in value: for checking a recipe, never for building from it. */
  standIns?: boolean | undefined;
}

/** Why a recipe cannot be used: a stable word, and for fields the way to each one. */
interface RecipeProblem {
  kind:
    | 'file_not_found'
    | 'template_undefined'
    | 'template_syntax'
    | 'template_failed'
    | 'invalid_yaml'
    | 'not_a_mapping'
    | 'invalid_recipe';
  fields: { location: (string | number)[]; type: string }[];
}

export interface RecipeReading {
  /** With `dataset_defaults` applied; absent when there is an error among the findings. */
  recipe: Recipe | undefined;
  findings: Finding[];
  problem?: RecipeProblem;
  /** The variables that its text asks the environment for, in order of first use. */
  variables: string[];
}

/** The variables that a recipe may use are those whose names say that they are meant for it. */
const TEMPLATE_VARIABLE = /^BUILD_(?:ENV|ENGINE)_/;
const STAND_IN = '2024a';

export async function readRecipe(file: string, options: RecipeOptions = {}): Promise<RecipeReading> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing
      ? 'there is no such recipe file'
      : `the recipe cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return broken({ file, line: 1, column: 1 }, 'BLD_RECIPE_UNREADABLE', message, {
      kind: missing ? 'file_not_found' : 'invalid_yaml',
      fields: [],
    });
  }
  return parseRecipe(text, file, options);
}

/** Reads a recipe from its text; `file` is for the places of findings. */
export async function parseRecipe(text: string, file: string, options: RecipeOptions = {}): Promise<RecipeReading> {
  const valueFor = variablesFor(options);
  const asked = new Set<string>();
  const rendering = await renderStrictly(text, (name) => {
    if (TEMPLATE_VARIABLE.test(name)) asked.add(name);
    return valueFor(name);
  });
  const variables = [...asked];
  if (rendering.problem) {
    const { kind, message, name, line, column } = rendering.problem;
    const place = { file, line, column };
    if (kind !== 'template_undefined') {
      return broken(place, 'BLD_RECIPE_TEMPLATE', `the template does not render: ${message}`, { kind, fields: [] });
    }
    const allowed = options.vars !== undefined || TEMPLATE_VARIABLE.test(name ?? '');
    return broken(
      place,
      'BLD_RECIPE_TEMPLATE',
      `the template variable ${name} is not set`,
      { kind, fields: [] },
      options.vars !== undefined
        ? `give it with --var ${name}=VALUE`
        : allowed
          ? `set ${name} in the environment, or give it with --var ${name}=VALUE`
          : `without --var only variables that begin with BUILD_ENV_ or BUILD_ENGINE_ are seen; rename it or give --var ${name}=VALUE`,
    );
  }

  const placeOf = placesOf(file, text, rendering.text);
  const yaml = readYaml(rendering.text);
  if (yaml.problem) {
    return broken(placeOf(yaml.problem.offset), 'BLD_RECIPE_YAML', yaml.problem.message, {
      kind: 'invalid_yaml',
      fields: [],
    });
  }
  const findings: Finding[] = yaml.repeatedKeys.map(({ key, offset }) => ({
    severity: 'warning',
    code: 'BLD_RECIPE_IGNORED',
    message: `the key \`${key}\` is there twice; the last one counts`,
    place: placeOf(offset),
    hint: 'keep one of them',
  }));
  if (yaml.node?.kind !== 'map') {
    return broken({ file, line: 1, column: 1 }, 'BLD_RECIPE_INVALID', 'a recipe is a map of fields', {
      kind: 'not_a_mapping',
      fields: [],
    });
  }

  findings.push(
    ...secretFindings({ text: rendering.text, node: yaml.node, kind: 'recipe', subject: undefined, placeOf }),
  );

  const reading: Reading = { issues: [], dropped: [] };
  const recipe = recipeField(yaml.node, [], reading);
  const finding = (severity: Finding['severity'], code: ErrorCode) => (issue: FieldIssue) =>
    findings.push({
      severity,
      code,
      message: `${formatLocation(issue.location)}: ${issue.message}`,
      place: placeOf(issue.offset),
      hint: hintOf(issue),
    });
  reading.dropped.forEach(finding('warning', 'BLD_RECIPE_IGNORED'));
  reading.issues.forEach(finding('error', 'BLD_RECIPE_INVALID'));
  if (recipe === INVALID) {
    const kind = reading.issues[0]?.type === 'keywords' ? 'not_a_mapping' : 'invalid_recipe';
    const fields = reading.issues.map(({ location, type }) => ({ location, type }));
    return { recipe: undefined, findings, problem: { kind, fields }, variables };
  }
  return { recipe: applyDatasetDefaults(recipe), findings, variables };
}

function variablesFor(options: RecipeOptions): (name: string) => string | undefined {
  return (name) => {
    if (options.vars) return Object.hasOwn(options.vars, name) ? options.vars[name] : undefined;
    if (!TEMPLATE_VARIABLE.test(name)) return undefined;
    return options.env?.[name] ?? (options.standIns ? STAND_IN : undefined);
  };
}

function broken(place: Place, code: ErrorCode, message: string, problem: RecipeProblem, hint?: string): RecipeReading {
  return { recipe: undefined, findings: [{ severity: 'error', code, message, place, hint }], problem, variables: [] };
}
