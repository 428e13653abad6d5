import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { newYorkDate } from '../new-york-time.ts';
import { SOURCES } from '../project/vocabulary/sources.ts';
import { type Layer, type LayerChoice, layerFacts, resolveLayer } from './arcgis/feature-layer.ts';
import { type FeatureQuery, featuresById } from './arcgis/features.ts';
import { objectIds } from './arcgis/object-ids.ts';
import { argumentError, keyOf, oneOf, optionalText, plainFilename, requiredText } from './arguments.ts';
import { endpoint } from './endpoint.ts';
import { HttpClient } from './http/client.ts';
import { answerError } from './http/text.ts';
import type { Fetched, SourceArguments, SourceContext, TellingConnector } from './source.ts';
import { deadlineOf } from './transfer/retry.ts';
import { writing } from './transfer/writing.ts';

const TYPE = 'arcgis_feature_server';
/** Organisations on ArcGIS Online, by the names that the department gives them. */
const SERVERS = {
  dcp: 'https://services5.arcgis.com/GfwWNkhOj9bNBqoJ',
  nps: 'https://services1.arcgis.com/fBc8EJBxQRMcHlei',
  nyc_maphub: 'https://services6.arcgis.com/yG5s3afENB5iO9fj',
  nys_clearinghouse: 'https://services6.arcgis.com/DZHaqZm9cxOD4CWM',
  nys_parks: 'https://services.arcgis.com/1xFZPtKn1wKC6POA',
  us_fws: 'https://services.arcgis.com/QVENGdaPbd4LUkLV',
} as const;
const SERVER_NAMES = Object.keys(SERVERS) as (keyof typeof SERVERS)[];
/** Pages that are under way at once; more would be impolite and gains little. */
const PARALLEL_PAGES = 4;
/** Ids in one request; larger pages are slow to make and often run into the limit on an answer's size. */
const LARGEST_PAGE = 500;
/** How often the whole layer is read again when it was edited meanwhile. */
const WALKS = 2;

/** One layer of a feature service, as a GeoJSON file. */
export const connector: TellingConnector = {
  type: TYPE,

  async latestVersion(args, context) {
    using client = new HttpClient(context);
    const { url, choice } = locate(args, context);
    const layer = await resolveLayer(client, url, choice, context);
    const { lastEdit } = await layerFacts(client, layer, context);
    if (lastEdit === undefined) {
      throw answerError(layer.url, 'its `editingInfo` has no date, so it tells no version; give one');
    }
    return newYorkDate(new Date(lastEdit));
  },

  async fetch(args, destination, context) {
    using client = new HttpClient(context);
    const { url, choice, crs } = locate(args, context);
    const layer = await resolveLayer(client, url, choice, context);
    for (let walk = 1; ; walk++) {
      try {
        return await fetchLayer(client, layer, crs, destination, context);
      } catch (error) {
        if (!(error instanceof LifecycleError) || error.code !== 'SRC_CHANGED' || walk >= WALKS) throw error;
        context.reporter.log('warning', `${error.message}; reading the layer again`);
      }
    }
  },
};

function locate(args: SourceArguments, context: SourceContext): { url: string; choice: LayerChoice; crs: number } {
  const service = keyOf(args, TYPE);
  const server = oneOf(requiredText(args, 'server', TYPE), SERVER_NAMES, 'server', TYPE);
  const { origin, pathname } = new URL(SERVERS[server]);
  const base = `${endpoint('ARCGIS', origin, context)}${pathname}`;
  const id = args.layer_id ?? undefined;
  if (id !== undefined && !(Number.isInteger(id) && Number(id) >= 0)) {
    throw argumentError(`\`layer_id\` of a ${TYPE} source must be a whole number`);
  }
  const crs = /^(?:EPSG:)?(\d+)$/i.exec(optionalText(args, 'crs', TYPE) ?? SOURCES[TYPE].arguments.crs.otherwise)?.[1];
  if (crs === undefined) throw argumentError(`\`crs\` of a ${TYPE} source must be an EPSG code`, 'such as EPSG:2263');
  return {
    url: `${base}/ArcGIS/rest/services/${service.split('/').map(encodeURIComponent).join('/')}/FeatureServer`,
    choice: { name: optionalText(args, 'layer_name', TYPE), id: id === undefined ? undefined : Number(id) },
    crs: Number(crs),
  };
}

async function fetchLayer(
  client: HttpClient,
  layer: Layer,
  crs: number,
  destination: string,
  context: SourceContext,
): Promise<Fetched> {
  const before = await layerFacts(client, layer, context);
  const { ids, field } = await objectIds(client, layer, context, before.objectIdField);
  const deadline = deadlineOf(client.policy);
  // Pages that are under way when one fails must not go on.
  const walk = new AbortController();
  const walking = { ...context, signal: AbortSignal.any([context.signal, walk.signal]) };
  const lost: string[] = [];
  const query: FeatureQuery = {
    client,
    layer,
    crs,
    objectIdField: field,
    context: walking,
    deadline,
    onLostGeometry: (id) => void lost.push(id),
  };
  const filename = plainFilename(`${layer.name.replaceAll('/', '_')}.geojson`, TYPE);
  const file = path.join(destination, filename);
  try {
    const { bytes, sha256 } = await writeCollection(
      file,
      crs,
      pages(query, ids, Math.min(before.pageSize, LARGEST_PAGE)),
    );
    const after = await layerFacts(client, layer, context);
    if (after.lastEdit !== before.lastEdit) throw changed(layer, 'it was edited while it was read');
    if (lost.length > 0) {
      const named = `${lost.slice(0, 5).join(', ')}${lost.length > 5 ? ', …' : ''}`;
      context.reporter.log(
        'warning',
        `${layer.url}: ${lost.length} features have coordinates that are no numbers and are without geometry (${named})`,
      );
    }
    const edited = before.lastEdit === undefined ? {} : { last_edit: new Date(before.lastEdit).toISOString() };
    const facts = { url: layer.url, layer_name: layer.name, layer_id: layer.id, features: ids.length, ...edited };
    return { path: file, filename, facts: { ...facts, bytes, sha256 } };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    walk.abort();
  }
}

/** The features page after page in the order of their ids, some pages being fetched ahead. */
async function* pages(query: FeatureQuery, ids: readonly string[], size: number): AsyncGenerator<string[]> {
  const underWay: Promise<string[]>[] = [];
  let next = 0;
  const start = () => {
    const page = featuresById(query, ids.slice(next, next + size));
    // It is awaited in its turn; until then its failure must not count as unhandled.
    page.catch(() => {});
    underWay.push(page);
    next += size;
  };
  let done = 0;
  while (next < ids.length || underWay.length > 0) {
    while (next < ids.length && underWay.length < PARALLEL_PAGES) start();
    const page = await underWay.shift();
    if (page === undefined) return;
    done += page.length;
    query.context.reporter.progress(query.layer.name, done, ids.length, 'rows');
    yield page;
  }
}

/** With `crs` as a number, which the reader of the format takes for an EPSG code; the department's files have it so. */
async function writeCollection(
  file: string,
  crs: number,
  features: AsyncIterable<string[]>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await writing(() => open(file, 'w'));
  const write = async (text: string) => {
    const chunk = Buffer.from(text);
    hash.update(chunk);
    bytes += chunk.length;
    await writing(() => handle.writeFile(chunk));
  };
  try {
    await write(`{"type": "FeatureCollection", "crs": ${crs}, "features": [`);
    let separator = '\n';
    for await (const page of features) {
      if (page.length === 0) continue;
      await write(separator + page.join(',\n'));
      separator = ',\n';
    }
    await write('\n]}\n');
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

function changed(layer: Layer, what: string): LifecycleError {
  return new LifecycleError('SRC_CHANGED', `${layer.url}: ${what}`, {
    hint: 'the layer is being edited; run the same command again',
  });
}
