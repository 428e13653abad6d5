import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../errors.ts';
import { folded } from '../ids.ts';
import { dependencyCycles, unknownDependencies } from './dependencies.ts';
import { TEMPLATES_FOLDER, templateFrom } from './load-template.ts';
import { PRODUCTS_FILE, readProducts } from './products.ts';
import type { IngestTemplate, Project } from './project.ts';
import { readProjectFile } from './project-file.ts';
import { readRecipe } from './recipe.ts';

/**
 * Reads a project: all its templates, products and recipes. Never throws for what is in its files: everything that is
 * wrong is a finding, and what is broken is there without a definition.
 */
export async function loadProject(dir: string): Promise<Project> {
  const folder = path.join(dir, TEMPLATES_FOLDER);
  const [hasTemplates, hasProducts] = [existsSync(folder), existsSync(path.join(dir, PRODUCTS_FILE))];
  if (!hasTemplates && !hasProducts) {
    return { dir, templates: [], products: [], findings: [notAProject(dir)] };
  }
  const root = realpathSync(dir);
  const { templates, findings } = hasTemplates ? await readTemplates(folder, root) : { templates: [], findings: [] };
  const products = hasProducts ? readProducts(dir, root) : { products: [], findings: [] };
  for (const product of products.products) {
    if (product.recipe === undefined) continue;
    const recipe = await readRecipe(product.recipe, { standIns: true });
    const own = recipe.findings.map((finding) => ({ ...finding, subject: finding.subject ?? product.id }));
    product.findings.push(...own);
    products.findings.push(...own);
  }
  addDependencyFindings(templates);
  addRepeatedIds(templates);
  const ofProject = readProjectFile(dir).findings;
  const all = [...ofProject, ...findings, ...templates.flatMap((template) => template.findings), ...products.findings];
  return { dir, templates, products: products.products, findings: all };
}

function notAProject(dir: string): Finding {
  return {
    severity: 'error',
    code: 'PRJ_NOT_A_PROJECT',
    message: existsSync(dir)
      ? `${dir} holds neither ${TEMPLATES_FOLDER}/ nor ${PRODUCTS_FILE}`
      : `the folder ${dir} does not exist`,
    hint: 'run it inside a project, or name one with --project DIR or LIFECYCLE_PROJECT',
  };
}

async function readTemplates(
  folder: string,
  root: string,
): Promise<{ templates: IngestTemplate[]; findings: Finding[] }> {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'));
  const templates: IngestTemplate[] = [];
  for (const name of names.sort()) templates.push(await templateFrom(path.join(folder, name), root));
  templates.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { templates, findings: [] };
}

/** The ids under which what a template makes can be asked for. */
function idsOf(template: IngestTemplate): string[] {
  return [template.id, ...(template.definition?.datasets.map((dataset) => dataset.id) ?? [])];
}

function addDependencyFindings(templates: readonly IngestTemplate[]): void {
  const owners = new Map(templates.flatMap((template) => idsOf(template).map((id) => [id, template] as const)));
  const dependents = templates.map((template) => ({
    id: template.id as string,
    dependsOn: template.definition?.depends_on ?? [],
  }));
  for (const { id, missing, suggestion } of unknownDependencies(dependents, new Set(owners.keys()))) {
    addFinding(owners.get(id)!, missing, {
      code: 'PRJ_UNKNOWN_DEPENDENCY',
      message: `depends_on: no template makes ${JSON.stringify(missing)}`,
      hint: suggestion === undefined ? 'add a template that makes it, or take it out' : `did you mean ${suggestion}?`,
    });
  }
  const byTemplate = dependents.map(({ id, dependsOn }) => ({
    id,
    dependsOn: dependsOn.flatMap((name) => owners.get(name)?.id ?? []),
  }));
  for (const cycle of dependencyCycles(byTemplate)) {
    for (const [index, id] of cycle.slice(0, -1).entries()) {
      addFinding(owners.get(id)!, cycle[index + 1]!, {
        code: 'PRJ_DEPENDENCY_CYCLE',
        message: `depends_on goes in a circle: ${cycle.join(' -> ')}`,
        hint: 'take one of them out',
      });
    }
  }
}

/** Puts the finding where the template's `depends_on` names the other one, and makes the template unusable. */
function addFinding(template: IngestTemplate, name: string, facts: Pick<Finding, 'code' | 'message' | 'hint'>): void {
  const lines = template.text.split('\n');
  const start = Math.max(
    0,
    lines.findIndex((line) => /^["']?depends_on/.test(line)),
  );
  const inLine = lines.findIndex((line, index) => index >= start && line.includes(name));
  const line = inLine === -1 ? start : inLine;
  const column = Math.max(0, lines[line]!.indexOf(name)) + 1;
  template.findings.push({
    severity: 'error',
    ...facts,
    place: { file: template.file, line: line + 1, column },
    subject: template.id,
  });
  template.definition = undefined;
}

/**
 * Two templates must not make the same dataset: nobody could say which one is meant. Nor ids that some machine takes for
 * the same: they are names of directories.
 */
function addRepeatedIds(templates: readonly IngestTemplate[]): void {
  const owners = new Map<string, { id: string; template: IngestTemplate }>();
  for (const template of templates) {
    for (const id of new Set(idsOf(template))) {
      const other = owners.get(folded(id));
      if (other === undefined) owners.set(folded(id), { id, template });
      else if (other.template === template) continue;
      else {
        template.findings.push({
          severity: 'error',
          code: 'PRJ_REPEATED_ID',
          message: `the id ${id} is also that of ${path.basename(other.template.file)}${other.id === id ? '' : `, ${other.id}, on some machines`}`,
          place: { file: template.file, line: 1, column: 1 },
          hint: 'give one of them another id',
          subject: template.id,
        });
        template.definition = undefined;
      }
    }
  }
}
