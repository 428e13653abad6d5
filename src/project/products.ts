import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Finding, Place } from '../errors.ts';
import { dagIdFor, folded, productIdFrom } from '../ids.ts';
import { cronProblem } from './cron.ts';
import { type ExpectedVersions, expectedVersionsField } from './expected-versions.ts';
import { describe, INVALID, mapOf, nullable, type Reading, refuse, text } from './fields.ts';
import { findingsOf } from './issue-findings.ts';
import { modelOf, optional, required } from './map-fields.ts';
import type { Product } from './project.ts';
import { readText, staysInside } from './read-text.ts';
import { placesOf } from './rendered-places.ts';
import { secretFindings } from './secrets.ts';
import { readYaml, type YamlNode } from './yaml.ts';

/** Where a project lists its products. */
export const PRODUCTS_FILE = path.join('products', 'products.yml');

interface WrittenProduct {
  id: string;
  build_command: string | null;
  path: string | null;
  recipe: string | null;
  env: Map<string, string>;
  schedule: string | null;
  versions: ExpectedVersions | null;
}

/** One product of the list. */
export const productModel = modelOf<WrittenProduct>({
  fields: {
    id: required(text),
    build_command: optional(nullable(text), () => null),
    path: optional(nullable(text), () => null),
    recipe: optional(nullable(text), () => null),
    env: optional(mapOf(text), () => new Map()),
    schedule: optional(nullable(text), () => null),
    versions: optional(nullable(expectedVersionsField('by nobody')), () => null),
  },
  unknown: 'drop',
});

interface ProductsReading {
  products: Product[];
  findings: Finding[];
}

/** Reads products.yml; one broken product does not hide the others. `root` is the real path of the project. */
export function readProducts(dir: string, root: string): ProductsReading {
  const file = path.join(dir, PRODUCTS_FILE);
  const content = readText(file, root);
  if (content.finding) return { products: [], findings: [content.finding] };
  const placeOf = placesOf(file, content.text, content.text);
  const yaml = readYaml(content.text);
  if (yaml.problem) {
    const { message, offset } = yaml.problem;
    return { products: [], findings: [{ severity: 'error', code: 'PRJ_BAD_YAML', message, place: placeOf(offset) }] };
  }
  const reading: Reading = { issues: [], dropped: [] };
  const products: Product[] = [];
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const [index, item] of itemsOf(yaml.node, reading).entries()) {
    const own: Reading = { issues: [], dropped: [] };
    const written = productModel(item, ['products', index], own);
    const place = placeOf(item.offset);
    const subject = written === INVALID ? `product ${index + 1}` : written.id;
    const ofProduct = [
      ...findingsOf(own, subject, placeOf),
      ...secretFindings({ text: content.text, node: item, kind: 'product', subject, placeOf }),
    ];
    if (written !== INVALID) {
      const product = productFrom(written, { dir, root, place, findings: ofProduct });
      const clash = clashOf(written.id, seen, place);
      if (clash) ofProduct.push(clash);
      else if (product) {
        seen.set(folded(dagIdFor('build', written.id)), written.id);
        products.push(product);
      }
    }
    findings.push(...ofProduct);
  }
  return { products, findings: [...findingsOf(reading, 'products', placeOf), ...findings] };
}

function itemsOf(node: YamlNode | undefined, reading: Reading): readonly YamlNode[] {
  const map = node ?? { kind: 'scalar', value: null, offset: 0 };
  if (map.kind !== 'map') {
    refuse(reading, [], map, 'model_type', `expected a map with the list \`products\`, found ${describe(map)}`);
    return [];
  }
  const list = map.entries.find((entry) => entry.key === 'products')?.value;
  if (list?.kind === 'list') return list.items;
  if (list) refuse(reading, ['products'], list, 'list_type', `expected a list, found ${describe(list)}`);
  else refuse(reading, ['products'], map, 'missing', 'the field `products` is missing');
  return [];
}

function clashOf(id: string, seen: ReadonlyMap<string, string>, place: Place): Finding | undefined {
  const dagId = dagIdFor('build', id);
  const other = seen.get(folded(dagId));
  if (other === undefined) return undefined;
  const same = other === id;
  return {
    severity: 'error',
    code: same ? 'PRJ_REPEATED_ID' : 'PRJ_DAG_ID_CLASH',
    message: same
      ? `there are two products with the id ${JSON.stringify(id)}`
      : `the products ${JSON.stringify(other)} and ${JSON.stringify(id)} would share the DAG id ${dagId}${dagIdFor('build', other) === dagId ? '' : ' on some machines'}`,
    place,
    hint: 'rename one of them',
    subject: id,
  };
}

function productFrom(
  written: WrittenProduct,
  facts: { dir: string; root: string; place: Place; findings: Finding[] },
): Product | undefined {
  const { dir, root, place, findings } = facts;
  const error = (code: Finding['code'], message: string, hint: string) => {
    findings.push({ severity: 'error', code, message, place, hint, subject: written.id });
  };
  const id = productIdFrom(written.id);
  if (id === undefined) {
    error(
      'PRJ_BAD_ID',
      `${JSON.stringify(written.id)} cannot be the id of a product`,
      'use letters, digits, spaces and . _ - beginning with a letter or digit',
    );
    return undefined;
  }
  const folder = path.resolve(dir, written.path ?? path.join('products', id));
  const recipe = path.resolve(folder, written.recipe ?? 'recipe.yml');
  for (const [name, target] of [
    ['path', folder],
    ['recipe', recipe],
  ] as const) {
    if (staysInside(target, root)) continue;
    const given = written[name] ?? target;
    error(
      'PRJ_OUTSIDE_PROJECT',
      `the ${name} ${given} of ${id} leads out of the project`,
      'give a path inside the project',
    );
    return undefined;
  }
  const exists = existsSync(recipe);
  if (written.recipe !== null && !exists) {
    error('PRJ_UNREADABLE', `the recipe ${written.recipe} of ${id} does not exist`, `it is looked for at ${recipe}`);
  }
  const unsound = written.schedule ? cronProblem(written.schedule) : undefined;
  if (unsound !== undefined) {
    const schedule = JSON.stringify(written.schedule);
    error(
      'PRJ_BAD_SCHEDULE',
      `the schedule ${schedule} of ${id} cannot be read: ${unsound}`,
      'give five fields, such as "0 6 * * 1-5", or @daily, @weekly, @monthly',
    );
  }
  return {
    id,
    build_command: written.build_command || null,
    dir: folder,
    recipe: exists ? recipe : undefined,
    env: Object.fromEntries(written.env),
    schedule: written.schedule || null,
    versions: written.versions,
    findings,
  };
}
