import { z } from 'zod';
import { LifecycleError } from '../../../errors.ts';
import { argumentError } from '../arguments.ts';
import type { HttpClient } from '../http/client.ts';
import { answerError, fetchText } from '../http/text.ts';
import type { SourceContext } from '../source.ts';
import { AttemptFailure } from '../transfer/retry.ts';

const ERROR_BODY = z.object({
  error: z.object({
    code: z.number().optional(),
    message: z.string().optional(),
    details: z.array(z.string()).nullish(),
  }),
});
const SERVICE = z.object({ layers: z.array(z.object({ id: z.number(), name: z.string() })).default([]) });
const LAYER = z.object({
  maxRecordCount: z.number().optional(),
  objectIdField: z.string().nullish(),
  supportedQueryFormats: z.string().optional(),
  /** Times are in milliseconds since 1970. */
  editingInfo: z.object({ dataLastEditDate: z.number().nullish(), lastEditDate: z.number().nullish() }).nullish(),
});

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
 * Asks an ArcGIS REST service. It answers errors with status 200 and an `error` in the body; those of its own trouble
 * (code 5xx, and 429) are tried again like the real statuses.
 * @throws LifecycleError SRC_*
 */
export async function askArcgis(
  client: HttpClient,
  url: string,
  parameters: Readonly<Record<string, string>>,
  context: SourceContext,
  deadline?: number,
): Promise<string> {
  const check = (text: string) => {
    if (!/^\s*\{/.test(text)) {
      throw new AttemptFailure(answerError(url, `its answer is no JSON: ${JSON.stringify(text.slice(0, 60))}`), {
        passing: true,
      });
    }
    if (!/^\s*\{\s*"error"\s*:/.test(text)) return;
    const { error } = errorIn(text);
    const what = [error.message, ...(error.details ?? [])].filter((part) => part).join(' ');
    const code = error.code ?? 0;
    throw new AttemptFailure(answerError(url, `error ${code}: ${what || 'without a reason'}`), {
      passing: code >= 500 || code === 429,
    });
  };
  return fetchText(client, url, context, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
    check,
    ...(deadline === undefined ? {} : { deadline }),
  });
}

function errorIn(text: string): z.infer<typeof ERROR_BODY> {
  try {
    return ERROR_BODY.safeParse(JSON.parse(text)).data ?? { error: {} };
  } catch {
    return { error: {} };
  }
}

function read<T>(text: string, schema: z.ZodType<T>, url: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw answerError(url, 'its answer is no JSON', error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw answerError(url, `its answer is not as documented: ${z.prettifyError(result.error)}`);
  return result.data;
}

/**
 * The layer by name, by id, by both, or the only one.
 * @throws LifecycleError SRC_NOT_FOUND naming the layers that are there, SRC_ARGUMENTS when a choice must be made
 */
export async function resolveLayer(
  client: HttpClient,
  serviceUrl: string,
  choice: LayerChoice,
  context: SourceContext,
): Promise<Layer> {
  const { layers } = read(await askArcgis(client, serviceUrl, { f: 'json' }, context), SERVICE, serviceUrl);
  const labels = layers.map(({ id, name }) => `${name} (${id})`).join(', ') || 'none';
  const fitting = layers.filter(({ id, name }) => (choice.name ?? name) === name && (choice.id ?? id) === id);
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

export interface LayerFacts {
  /** Features that one answer may hold. */
  pageSize: number;
  objectIdField: string | undefined;
  /** Milliseconds since 1970. */
  lastEdit: number | undefined;
}

export async function layerFacts(client: HttpClient, layer: Layer, context: SourceContext): Promise<LayerFacts> {
  const facts = read(await askArcgis(client, layer.url, { f: 'json' }, context), LAYER, layer.url);
  if (facts.supportedQueryFormats !== undefined && !/geojson/i.test(facts.supportedQueryFormats)) {
    throw answerError(layer.url, `it gives no GeoJSON, only ${facts.supportedQueryFormats}`);
  }
  return {
    pageSize: Math.max(1, facts.maxRecordCount ?? 1000),
    objectIdField: facts.objectIdField ?? undefined,
    lastEdit: facts.editingInfo?.dataLastEditDate ?? facts.editingInfo?.lastEditDate ?? undefined,
  };
}

const IDS = z.union([
  z.object({ objectIdFieldName: z.string().optional(), objectIds: z.array(z.number()).nullable() }),
  z
    .object({ properties: z.object({ objectIdFieldName: z.string().optional(), objectIds: z.array(z.number()) }) })
    .transform(({ properties }) => properties),
]);
const COUNT = z.union([
  z.object({ count: z.number() }),
  z.object({ properties: z.object({ count: z.number() }) }).transform(({ properties }) => properties),
]);
const EVERYTHING = { where: '1=1' };

/** The ids of all features, which a service gives without its transfer limit, and the name of their field. */
export async function objectIds(
  client: HttpClient,
  layer: Layer,
  context: SourceContext,
): Promise<{ ids: number[]; field: string | undefined }> {
  const url = `${layer.url}/query`;
  const answer = read(
    await askArcgis(client, url, { ...EVERYTHING, returnIdsOnly: 'true', f: 'json' }, context),
    IDS,
    url,
  );
  const ids = answer.objectIds ?? [];
  if (new Set(ids).size !== ids.length) throw answerError(url, 'it lists some object ids twice');
  return { ids, field: answer.objectIdFieldName };
}

export async function featureCount(client: HttpClient, layer: Layer, context: SourceContext): Promise<number> {
  const url = `${layer.url}/query`;
  return read(await askArcgis(client, url, { ...EVERYTHING, returnCountOnly: 'true', f: 'json' }, context), COUNT, url)
    .count;
}
