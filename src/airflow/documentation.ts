import { type Finding, formatPlace } from '../errors.ts';
import { maskData } from '../masking/structure.ts';
import type { DatasetDefinition, IngestTemplate, Product } from '../project/project.ts';
import type { Recipe } from '../project/recipe.ts';

/** Text from a YAML file as plain Markdown text on one line: nothing in it becomes a link, a picture or HTML. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#!~]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ').trim()}\``;
}

/** A paragraph as its author broke it into lines, without markup taking effect. */
function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map(plain)
    .join('\n\n');
}

function link(url: string): string {
  return /^https?:\/\/[^\s<>()]+$/.test(url) ? `<${url}>` : code(url);
}

/** Any value of a YAML file; its integers may be longer than a number of JavaScript. */
function value(input: unknown): string {
  if (typeof input === 'string') return code(input);
  return code(JSON.stringify(input, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part)));
}

function findingList(findings: readonly Finding[]): string {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ place, message, hint }) => {
      const where = place ? `${code(formatPlace(place))}: ` : '';
      return `- ${where}${plain(message)}${hint ? ` (${plain(hint)})` : ''}`;
    })
    .join('\n');
}

/** Why something is broken, as the first thing that its page says. */
function brokenNotice(findings: readonly Finding[]): string {
  const list = findingList(findings);
  return list === '' ? '' : `**Broken: nothing runs until this is corrected.**\n\n${list}`;
}

function datasetSection(dataset: DatasetDefinition, heading: string): string[] {
  const parts = [heading];
  const facts = [`- Format: ${code(dataset.file_format.type)}`];
  if (dataset.target_crs) facts.push(`- Coordinate system: ${code(dataset.target_crs)}`);
  parts.push(facts.join('\n'));
  if (dataset.processing_steps.length > 0) {
    const steps = dataset.processing_steps.map(({ name, args, mode }) => {
      const given = Object.keys(args).length > 0 ? ` ${value(maskData(args))}` : '';
      return `1. ${code(name)}${mode ? ` (mode ${code(mode)})` : ''}${given}`;
    });
    parts.push(`**Steps**\n\n${steps.join('\n')}`);
  }
  if (dataset.columns.length > 0) {
    const rows = dataset.columns.map(
      ({ id, data_type, description }) => `| ${code(id)} | ${code(data_type)} | ${plain(description ?? '')} |`,
    );
    parts.push(['| Column | Type | Description |', '|---|---|---|', ...rows].join('\n'));
  }
  return parts;
}

/** The page of a template's DAG, made from what the template says about itself. */
export function templateDocumentation(template: IngestTemplate): string {
  const { definition } = template;
  if (!definition) return [`# ${plain(template.id)}`, brokenNotice(template.findings)].join('\n\n');
  const { attributes, source } = definition;
  const parts = [`# ${plain(attributes.name ?? template.id)}`, brokenNotice(template.findings)];
  if (attributes.description) parts.push(paragraphs(attributes.description));
  if (attributes.url) parts.push(link(attributes.url));
  const facts = [`- Source: ${code(source.type)}`];
  for (const [name, given] of Object.entries(maskData(source.arguments))) {
    if (name !== 'type' && given !== null) facts.push(`  - ${code(name)}: ${value(given)}`);
  }
  if (template.usesVersion) facts.push('- Where the template says `{{ version }}`, this page says `version`');
  if (definition.depends_on.length > 0) facts.push(`- Depends on: ${definition.depends_on.map(code).join(', ')}`);
  if (definition.acl) facts.push(`- Access: ${code(definition.acl)}`);
  parts.push(facts.join('\n'));
  for (const dataset of definition.datasets) {
    const own = definition.shape === 'one_to_many' ? `## ${plain(dataset.id)}` : '';
    parts.push(...datasetSection(dataset, own));
    if (own && dataset.attributes.description) parts.push(paragraphs(dataset.attributes.description));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The page of a product's DAG: what it is built from, and how. */
export function productDocumentation(
  product: Product,
  recipe: Recipe | undefined,
  findings: readonly Finding[],
): string {
  const parts = [`# ${plain(product.id)}`, brokenNotice(findings)];
  const facts: string[] = [];
  if (product.build_command) facts.push(`- Build command: ${value(product.build_command)}`);
  if (!product.recipe) facts.push('- No recipe: nothing is resolved or loaded before the build');
  if (recipe?.version_strategy) facts.push(`- Version: ${value(recipe.version_strategy)}`);
  for (const [name, given] of Object.entries(maskData(product.env))) facts.push(`- ${code(name)}: ${value(given)}`);
  parts.push(facts.join('\n'));
  if (recipe && recipe.inputs.datasets.length > 0) {
    const rows = recipe.inputs.datasets.map(
      ({ id, version, source, destination }) =>
        `| ${code(id)} | ${version ? value(version) : 'newest'} | ${source ? code(source) : ''} | ${destination ? code(destination) : ''} |`,
    );
    parts.push(
      ['## Inputs', ['| Dataset | Version | Source | Loaded into |', '|---|---|---|---|', ...rows].join('\n')].join(
        '\n\n',
      ),
    );
  }
  const commands = recipe?.stage_config.get('builds.build')?.commands ?? [];
  if (commands.length > 0) {
    parts.push(`## Commands\n\n${commands.map(({ name, run }) => `1. ${plain(name)}: ${code(run)}`).join('\n')}`);
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

export function brokenSentence(findings: readonly Finding[]): string | null {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return null;
  return errors.map(({ place, message }) => `${place ? `${formatPlace(place)}: ` : ''}${message}`).join('\n');
}
