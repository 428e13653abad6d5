import { z } from 'zod';
import { LifecycleError } from '../../errors.ts';
import { argumentError } from '../arguments.ts';
import type { HttpClient } from '../http/client.ts';
import { answerError } from '../http/text.ts';
import type { SourceContext } from '../source.ts';
import { askArcgis, readAnswer } from './ask.ts';

/** A number, also as text; what is none is absent. */
const NUMBER = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\s*-?\d+(?:\.\d+)?\s*$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);
const LAYERS = z
  .array(z.object({ id: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]), name: z.string() }))
  .nullish()
  .transform((layers) => layers ?? []);
const SERVICE = z.object({ layers: LAYERS, tables: LAYERS });
const LAYER = z.object({
  maxRecordCount: NUMBER,
  objectIdField: z.string().nullish().catch(undefined),
  supportedQueryFormats: z.string().nullish().catch(undefined),
  /** Times are in milliseconds since 1970. */
  editingInfo: z.object({ dataLastEditDate: NUMBER, lastEditDate: NUMBER }).nullish().catch(undefined),
});
/** Where a service gives no limit, or 0 for none. */
const USUAL_PAGE = 1000;

export interface LayerChoice {
  name: string | undefined;
  id: number | undefined;
}

export interface Layer {
  id: number;
  name: string;
  url: string;
}

/**
 * The layer by name, by id, by both, or the only one. A table is found as a layer is, and is the only one where there is
 * no layer.
 * @throws LifecycleError SRC_NOT_FOUND naming the layers that are there, SRC_ARGUMENTS when a choice must be made
 */
export async function resolveLayer(
  client: HttpClient,
  serviceUrl: string,
  choice: LayerChoice,
  context: SourceContext,
): Promise<Layer> {
  const answer = await askArcgis(client, serviceUrl, { f: 'json' }, context);
  const { layers, tables } = readAnswer(answer, SERVICE, serviceUrl);
  const all = [...layers, ...tables];
  const isChosen = choice.name !== undefined || choice.id !== undefined;
  const labels = all.map(({ id, name }) => `${name} (${id})`).join(', ') || 'none';
  const fitting = (isChosen || layers.length === 0 ? all : layers).filter(
    ({ id, name }) => (choice.name ?? name) === name && (choice.id ?? id) === id,
  );
  const [layer, other] = fitting;
  if (!layer) {
    const wanted = [choice.name === undefined ? '' : JSON.stringify(choice.name), choice.id ?? ''].join(' ').trim();
    throw new LifecycleError('SRC_NOT_FOUND', `${serviceUrl} has no layer ${wanted}`.trimEnd(), {
      hint: `its layers: ${labels}`,
    });
  }
  if (other) {
    throw argumentError(
      `${serviceUrl} has several layers that fit`,
      `give layer_name or layer_id; its layers: ${labels}`,
    );
  }
  return { ...layer, url: `${serviceUrl}/${layer.id}` };
}

interface LayerFacts {
  /** Features that one answer may hold. */
  pageSize: number;
  objectIdField: string | undefined;
  /** Milliseconds since 1970. */
  lastEdit: number | undefined;
}

export async function layerFacts(client: HttpClient, layer: Layer, context: SourceContext): Promise<LayerFacts> {
  const facts = readAnswer(await askArcgis(client, layer.url, { f: 'json' }, context), LAYER, layer.url);
  if (facts.supportedQueryFormats && !/geojson/i.test(facts.supportedQueryFormats)) {
    throw answerError(layer.url, `it gives no GeoJSON, only ${facts.supportedQueryFormats}`);
  }
  const { maxRecordCount = 0 } = facts;
  return {
    pageSize: maxRecordCount >= 1 ? Math.floor(maxRecordCount) : USUAL_PAGE,
    objectIdField: facts.objectIdField || undefined,
    lastEdit: facts.editingInfo?.dataLastEditDate ?? facts.editingInfo?.lastEditDate ?? undefined,
  };
}
