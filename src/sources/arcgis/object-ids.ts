import { LifecycleError } from '../../errors.ts';
import type { HttpClient } from '../http/client.ts';
import { answerError } from '../http/text.ts';
import type { SourceContext } from '../source.ts';
import { elementsOf, membersOf } from '../transfer/json-slices.ts';
import { askArcgis } from './ask.ts';
import type { Layer } from './feature-layer.ts';

const EVERYTHING = '1=1';

interface ObjectIds {
  /** In the service's order; as text, since whole numbers beyond 2^53 are no numbers here. */
  ids: string[];
  /** The name of their field, where the service says it. */
  field: string | undefined;
}

interface IdsAnswer extends ObjectIds {
  /** The service has more of them than it tells at once. */
  exceeded: boolean;
}

/**
 * The ids of all features. A service gives them without its transfer limit; those that cut this list as well are asked
 * for what lies behind, until as many have come as the service counts. Not every service can count.
 * @throws LifecycleError SRC_CHANGED where the numbers do not agree, SRC_*
 */
export async function objectIds(
  client: HttpClient,
  layer: Layer,
  context: SourceContext,
  knownField: string | undefined,
): Promise<ObjectIds> {
  const first = await ask(client, layer, EVERYTHING, context);
  const field = first.field ?? knownField;
  const count = await featureCount(client, layer, context);
  const ids = [...first.ids];
  let { exceeded } = first;
  while (exceeded || (count !== undefined && ids.length < count)) {
    const last = greatest(ids);
    if (last === undefined || field === undefined || !/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(field)) break;
    const more = await ask(client, layer, `${field} > ${last}`, context);
    const isFurther = more.ids.length > 0 && more.ids.every((id) => BigInt(id) > last);
    if (isFurther) ids.push(...more.ids);
    if (isFurther || more.ids.length === 0) exceeded = more.exceeded;
    if (!isFurther) break;
  }
  if (exceeded && count === undefined)
    throw answerError(layer.url, 'it lists a part of its object ids and not the rest');
  if (count !== undefined && count !== ids.length) {
    throw new LifecycleError('SRC_CHANGED', `${layer.url}: it counts ${count} features and lists ${ids.length}`, {
      hint: 'the layer is being edited; run the same command again',
    });
  }
  if (new Set(ids).size !== ids.length) throw answerError(layer.url, 'it lists some object ids twice');
  return { ids, field };
}

function greatest(ids: readonly string[]): bigint | undefined {
  return ids
    .map(BigInt)
    .reduce<bigint | undefined>((most, id) => (most === undefined || id > most ? id : most), undefined);
}

/** As JSON, or as GeoJSON, in which the same stands among the `properties`; some services know only one of them. */
async function ask(client: HttpClient, layer: Layer, where: string, context: SourceContext): Promise<IdsAnswer> {
  const url = `${layer.url}/query`;
  const inFormat = async (f: string) =>
    read(await askArcgis(client, url, { where, returnIdsOnly: 'true', f }, context), url);
  try {
    return await inFormat('json');
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return inFormat('geojson').catch((other: unknown) => {
      throw isAnswer(other) ? error : other;
    });
  }
}

function read(text: string, url: string): IdsAnswer {
  try {
    const top = new Map(membersOf(text).map(({ key, value }) => [key, value]));
    const properties = top.get('properties')?.startsWith('{') ? membersOf(top.get('properties')!) : [];
    const members = new Map([...properties.map(({ key, value }) => [key, value] as const), ...top]);
    const list = members.get('objectIds');
    const field = members.get('objectIdFieldName');
    if (list === undefined) throw answerError(url, 'its answer has no `objectIds`');
    return {
      ids: list === 'null' ? [] : elementsOf(list).map((id) => idOf(id) ?? noId(url, id)),
      field: field?.startsWith('"') ? (JSON.parse(field) as string) : undefined,
      exceeded: members.get('exceededTransferLimit') === 'true',
    };
  } catch (error) {
    if (error instanceof SyntaxError) throw answerError(url, error.message, error);
    throw error;
  }
}

function noId(url: string, text: string): never {
  throw answerError(url, `${text.slice(0, 40)} is no object id`);
}

/** The id that a JSON value is, in one spelling: a whole number, also as text or with a fraction of zero. */
export function idOf(value: string | undefined): string | undefined {
  const digits = /^"?\s*(-?\d+)(?:\.0*)?\s*"?$/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : String(BigInt(digits));
}

/** How many features there are; undefined where the service cannot tell. */
async function featureCount(client: HttpClient, layer: Layer, context: SourceContext): Promise<number | undefined> {
  const url = `${layer.url}/query`;
  try {
    const text = await askArcgis(client, url, { where: EVERYTHING, returnCountOnly: 'true', f: 'json' }, context);
    const { count, properties } = JSON.parse(text) as { count?: unknown; properties?: { count?: unknown } | null };
    const found = count ?? properties?.count;
    const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
    if (Number.isSafeInteger(number) && Number(number) >= 0) return Number(number);
  } catch (error) {
    // Trouble that would meet every question is no word about counting.
    if (!isAnswer(error) && !(error instanceof SyntaxError)) throw error;
  }
  context.reporter.log('info', `${layer.url} does not count its features; its list of ids is taken for whole`);
  return undefined;
}

/** Whether a service has answered, if only that it does not know what it was asked for. */
function isAnswer(error: unknown): boolean {
  return error instanceof LifecycleError && ['SRC_ANSWER', 'SRC_HTTP_STATUS'].includes(error.code);
}
