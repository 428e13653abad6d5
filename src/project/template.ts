import path from 'node:path';
import { type Finding, LifecycleError } from '../errors.ts';
import { templateIdFrom } from '../ids.ts';
import { readDefinition } from './definition.ts';
import { describe, type Reading, refuse } from './fields.ts';
import { findingsOf } from './issue-findings.ts';
import { renderStrictly } from './jinja/render-strictly.ts';
import { undeclaredVariables } from './jinja/variables.ts';
import type { Definition, IngestTemplate } from './project.ts';
import { placesOf } from './rendered-places.ts';
import { secretFindings } from './secrets.ts';
import { readYaml, type YamlNode } from './yaml.ts';

/** The version that a template is checked with before anybody has asked for one. */
const STAND_IN = 'version';
const BARE_EXPRESSION = /^[ \t]*(?:- +)?[\w."'-]+:[ \t]+(\{\{[^{}]*\}\})[ \t]*(?:#.*)?$/gm;

interface ReadTemplate {
  usesVersion: boolean;
  definition: Definition | undefined;
  findings: Finding[];
}

/** Reads a template's text with a stand-in version. `file` is absolute and gives the id. */
export async function readTemplate(file: string, text: string): Promise<IngestTemplate> {
  const name = path.basename(file).replace(/\.ya?ml$/, '');
  const id = templateIdFrom(name);
  const read = await readWithVersion(name, file, text, STAND_IN);
  const findings = id === undefined ? [badName(file, name), ...read.findings] : read.findings;
  const broken = findings.some((finding) => finding.severity === 'error');
  return {
    id: id ?? (name as IngestTemplate['id']),
    file,
    text,
    usesVersion: read.usesVersion,
    definition: broken ? undefined : read.definition,
    findings,
  };
}

function badName(file: string, name: string): Finding {
  return {
    severity: 'error',
    code: 'PRJ_BAD_ID',
    message: `the file's name ${JSON.stringify(name)} cannot be the id of a template`,
    place: { file, line: 1, column: 1 },
    hint: 'use letters, digits and . _ - beginning with a letter or digit',
    subject: name,
  };
}

/**
 * The definition with the version filled in; this, and not the template's own `definition`, is what is ingested.
 * @throws LifecycleError PRJ_* with the place of the first thing that is wrong
 */
export async function resolveTemplate(template: IngestTemplate, version: string): Promise<Definition> {
  if (template.definition === undefined) throw firstError(template);
  if (!template.usesVersion) return template.definition;
  const { definition, findings } = await readWithVersion(template.id, template.file, template.text, version);
  const error = findings.find((finding) => finding.severity === 'error');
  if (error) throw errorFrom(error);
  return definition!;
}

/** The template's text with the version filled in, of a template that `resolveTemplate` takes. */
export async function renderedTemplate({ text, usesVersion }: IngestTemplate, version: string): Promise<string> {
  if (!usesVersion) return text;
  const rendering = await renderWithVersion(text, version);
  return rendering.problem ? text : rendering.text;
}

/** Only `version` gets this far; what it has no part for prints nothing, as in Jinja. */
function renderWithVersion(text: string, version: string): ReturnType<typeof renderStrictly> {
  return renderStrictly(text, (name) => (name === 'version' ? version : undefined), { missingMember: '' });
}

/** The first error of a template that has no definition. */
export function firstError(template: IngestTemplate): LifecycleError {
  const error = template.findings.find((finding) => finding.severity === 'error');
  if (error) return errorFrom(error);
  return new LifecycleError('LIF_INTERNAL', `the template ${template.id} has no definition and no finding`);
}

/** A finding as the error that stops what it concerns. */
export function errorFrom(finding: Finding): LifecycleError {
  return new LifecycleError(finding.code, finding.message, { place: finding.place, hint: finding.hint });
}

async function readWithVersion(id: string, file: string, text: string, version: string): Promise<ReadTemplate> {
  const finding = (
    code: Finding['code'],
    message: string,
    at: { line: number; column: number },
    hint?: string,
  ): Finding => ({
    severity: 'error',
    code,
    message,
    place: { file, line: at.line, column: at.column },
    hint,
    subject: id,
  });
  const broken = (...findings: Finding[]): ReadTemplate => ({ usesVersion: false, definition: undefined, findings });

  const jinja = await undeclaredVariables(text);
  if (jinja.problem) return broken(finding('PRJ_BAD_JINJA', jinja.problem.message, jinja.problem));
  const foreign = jinja.variables.filter(({ name }) => name !== 'version');
  if (foreign.length > 0) {
    const message = (name: string) => `the template uses the variable \`${name}\`; only \`version\` is known`;
    return broken(
      ...foreign.map((each) => finding('PRJ_UNKNOWN_VARIABLE', message(each.name), each, 'write {{ version }}')),
    );
  }

  // Without a variable nothing is rendered: what looks like Jinja then is part of the data.
  const usesVersion = jinja.variables.length > 0;
  let rendered = text;
  if (usesVersion) {
    const rendering = await renderWithVersion(text, version);
    if (rendering.problem) return broken(finding('PRJ_BAD_JINJA', rendering.problem.message, rendering.problem));
    rendered = rendering.text;
  }
  let places: ReturnType<typeof placesOf> | undefined;
  const placeOf = (offset: number) => {
    places ??= placesOf(file, text, rendered);
    return places(offset);
  };

  const yaml = readYaml(rendered);
  if (yaml.problem) {
    return broken({
      ...finding('PRJ_BAD_YAML', yaml.problem.message, { line: 1, column: 1 }),
      place: placeOf(yaml.problem.offset),
    });
  }
  const reading: Reading = { issues: [], dropped: [] };
  if (yaml.node) refuseLargeIntegers(yaml.node, reading);
  const node: YamlNode = yaml.node ?? { kind: 'scalar', value: null, offset: 0 };
  const definition = readDefinition(node, reading);
  const findings = findingsOf(reading, id, placeOf);
  findings.push(...secretFindings({ text: rendered, node: yaml.node, kind: 'template', subject: id, placeOf }));
  for (const { key, offset } of yaml.repeatedKeys) {
    const message = `the key \`${key}\` stands twice in this map; the last one counts`;
    findings.push({
      severity: 'warning',
      code: 'PRJ_REPEATED_KEY',
      message,
      place: placeOf(offset),
      hint: 'keep one of them',
      subject: id,
    });
  }
  if (usesVersion) findings.push(...bareExpressions(id, file, text));
  return { usesVersion, definition, findings };
}

/** Beyond 2^53 a number would silently become another one. */
function refuseLargeIntegers(node: YamlNode, reading: Reading): void {
  if (node.kind === 'list') for (const item of node.items) refuseLargeIntegers(item, reading);
  else if (node.kind === 'map') for (const entry of node.entries) refuseLargeIntegers(entry.value, reading);
  else if (typeof node.value === 'bigint' && !Number.isSafeInteger(Number(node.value))) {
    refuse(reading, [], node, 'int_size', `${describe(node)} is too large to be kept exactly; quote it`);
  }
}

/** `sheet: {{ version }}` with the version 2020 is the number 2020, and with 010 it is eight. */
function bareExpressions(id: string, file: string, text: string): Finding[] {
  return [...text.matchAll(BARE_EXPRESSION)].map((match) => {
    const before = text.slice(0, match.index + match[0].indexOf('{{'));
    const line = before.split('\n').length;
    return {
      severity: 'warning',
      code: 'PRJ_UNQUOTED_VERSION',
      message: `${match[1]} stands unquoted: a version such as 2020 becomes a number here, 2020-01-01 a date`,
      place: { file, line, column: before.length - before.lastIndexOf('\n') },
      hint: `write "${match[1]}"`,
      subject: id,
    };
  });
}
