import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatPlace } from '../errors.ts';
import type { WantedCheck } from './dataset-checks.ts';
import type { IngestTemplate } from './project.ts';
import { PROJECT_FILE } from './project-file.ts';
import { placesOf } from './rendered-places.ts';
import { renderedTemplate } from './template.ts';
import { readYaml, type YamlNode } from './yaml.ts';

/** Says where a template, or the project for all of them, asks for a check: `FILE:LINE:COLUMN`, relative to the project. */
export async function checkPlaces(
  projectDir: string,
  template: IngestTemplate,
  version: string,
): Promise<(dataset: string, wanted: WantedCheck) => string | null> {
  const inTemplate = placesIn(projectDir, template.file, template.text, await renderedTemplate(template, version));
  return (dataset, { way, isOfProject }) => {
    if (isOfProject) {
      const file = path.join(projectDir, PROJECT_FILE);
      const text = readFileSync(file, 'utf8');
      const ofProject = placesIn(projectDir, file, text, text);
      return ofProject(ofProject.root, way);
    }
    return inTemplate(datasetNode(inTemplate.root, dataset), way);
  };
}

function placesIn(projectDir: string, file: string, text: string, rendered: string) {
  const yaml = readYaml(rendered);
  const root = yaml.problem ? undefined : yaml.node;
  const relative = path.relative(projectDir, file).split(path.sep).join('/');
  const placeOf = placesOf(relative, text, rendered);
  const find = (from: YamlNode | undefined, way: readonly (string | number)[]) => {
    const offset = from && offsetAt(from, way);
    return offset === undefined ? null : formatPlace(placeOf(offset));
  };
  return Object.assign(find, { root });
}

/** In a template of several datasets the columns and checks of each stand below it. */
function datasetNode(root: YamlNode | undefined, dataset: string): YamlNode | undefined {
  const list = root?.kind === 'map' ? root.entries.find(({ key }) => key === 'datasets')?.value : undefined;
  if (list?.kind !== 'list') return root;
  return list.items.find(
    (item) =>
      item.kind === 'map' &&
      item.entries.some(({ key, value }) => key === 'id' && value.kind === 'scalar' && String(value.value) === dataset),
  );
}

/** Where a key or an item begins. */
function offsetAt(node: YamlNode, [step, ...rest]: readonly (string | number)[]): number | undefined {
  if (step === undefined) return node.offset;
  if (node.kind === 'list') {
    const item = node.items[Number(step)];
    return item && offsetAt(item, rest);
  }
  if (node.kind !== 'map') return undefined;
  const entry = node.entries.find(({ key }) => String(key) === step);
  if (!entry) return undefined;
  return rest.length === 0 ? entry.keyOffset : offsetAt(entry.value, rest);
}
