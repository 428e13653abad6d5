import { LifecycleError } from '../../errors.ts';
import type { HttpClient } from '../http/client.ts';
import { answerError } from '../http/text.ts';
import type { SourceContext } from '../source.ts';
import { elementsOf, membersOf } from '../transfer/json-slices.ts';
import { askArcgis } from './ask.ts';
import type { Layer } from './feature-layer.ts';
import { cleaned } from './geometry.ts';
import { idOf } from './object-ids.ts';

interface Feature {
  id: string;
  /** GeoJSON text, ready to be written. */
  text: string;
}

export interface FeatureQuery {
  client: HttpClient;
  layer: Layer;
  /** EPSG code of the coordinates. */
  crs: number;
  objectIdField: string | undefined;
  context: SourceContext;
  deadline: number;
  /** Told the id of a feature whose geometry is lost, since some of its coordinates are no numbers. */
  onLostGeometry: (id: string) => void;
}

/**
 * The features with these ids, in the order of the ids. Where an answer stops short (its transfer limit, or a limit on
 * its size), the missing ones are asked for again in halves.
 * @throws LifecycleError SRC_CHANGED when a feature has gone meanwhile, SRC_ANSWER when others come than were asked for
 */
export async function featuresById(query: FeatureQuery, ids: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  await collect(query, ids, found);
  return ids.map((id) => found.get(id) ?? '');
}

async function collect(query: FeatureQuery, ids: readonly string[], found: Map<string, string>): Promise<void> {
  const { layer } = query;
  const wanted = new Set(ids);
  for (const { id, text } of await ask(query, ids, wanted)) {
    if (!wanted.has(id)) throw answerError(layer.url, `it gave feature ${id}, which was not asked for`);
    if (found.has(id)) throw answerError(layer.url, `it gave feature ${id} twice`);
    found.set(id, text);
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return;
  if (ids.length === 1) {
    throw new LifecycleError('SRC_CHANGED', `${layer.url}: feature ${ids[0]} was listed and is gone`, {
      hint: 'the layer is being edited; run the same command again',
    });
  }
  const half = Math.ceil(missing.length / 2);
  await collect(query, missing.slice(0, half), found);
  if (missing.length > half) await collect(query, missing.slice(half), found);
}

async function ask(query: FeatureQuery, ids: readonly string[], wanted: ReadonlySet<string>): Promise<Feature[]> {
  const { client, layer, crs, context, deadline } = query;
  const url = `${layer.url}/query`;
  const parameters = { where: '1=1', outFields: '*', outSR: String(crs), f: 'geojson', objectIds: ids.join(',') };
  const text = await askArcgis(client, url, parameters, context, deadline);
  try {
    const features = membersOf(text).find(({ key }) => key === 'features')?.value;
    if (features === undefined) throw answerError(url, 'its answer has no `features`');
    return features === 'null' ? [] : elementsOf(features).map((feature) => readFeature(feature, query, wanted, url));
  } catch (error) {
    if (error instanceof SyntaxError) throw answerError(url, error.message, error);
    throw error;
  }
}

/** Property names become lower case, as the department's own pull makes them; later ones win over equal earlier ones. */
function readFeature(text: string, query: FeatureQuery, wanted: ReadonlySet<string>, url: string): Feature {
  const members = new Map(membersOf(text).map(({ key, value }) => [key, value]));
  const properties = new Map<string, string>();
  for (const { key, value } of membersOf(objectOr(members.get('properties')))) properties.set(key.toLowerCase(), value);
  members.set(
    'properties',
    `{${[...properties].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}`,
  );
  // The feature's own id is the object id on most services, on some a text or a number that they make up.
  const ids = [properties.get((query.objectIdField ?? 'objectid').toLowerCase()), members.get('id')]
    .map(idOf)
    .filter((candidate) => candidate !== undefined);
  const id = ids.find((candidate) => wanted.has(candidate)) ?? ids[0];
  if (id === undefined) throw answerError(url, 'a feature has no object id');
  const geometry = cleaned(members.get('geometry') ?? 'null');
  members.set('geometry', geometry.text);
  if (geometry.isLoss) query.onLostGeometry(id);
  return { id, text: `{${[...members].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}` };
}

function objectOr(text: string | undefined): string {
  return text === undefined || text === 'null' ? '{}' : text;
}
