import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LifecycleError } from '../errors.ts';
import type { Actions } from './actions.ts';
import {
  Area,
  AssetDetail,
  AssetList,
  ChangesExtent,
  Extent,
  Filter,
  Kind,
  LatestMoved,
  LatestWanted,
  Lineage,
  Problem,
  Readiness,
  Released,
  ReleaseWanted,
  Rows,
  RowsQuery,
  Session,
  VersionDetail,
} from './api.ts';
import type { Assets } from './assets.ts';
import type { Comparisons } from './compare.ts';
import { lineageOf } from './lineage.ts';
import { sendFile } from './send-file.ts';
import type { Tables } from './tables.ts';
import type { Versions } from './versions.ts';

/** What knows the answers. */
export interface Answers {
  assets: Assets;
  versions: Versions;
  tables: Tables;
  comparisons: Comparisons;
  actions: Actions;
  session(request: FastifyRequest): Session;
  readiness(product: string, key: string | undefined, signal: AbortSignal): Promise<z.infer<typeof Readiness>>;
}

const Asset = z.object({ kind: Kind, id: z.string() });
const Version = Asset.extend({ key: z.string() });
const Reference = z.object({ ref: z.string().min(1).max(1_000) });
const Compared = z.object({
  a: Reference.shape.ref,
  b: Reference.shape.ref,
  table: Reference.shape.ref.optional(),
});
const Document = z.record(z.string(), z.unknown());
const answers = <T extends z.ZodType>(good: T) => ({ 200: good, '4xx': Problem, '5xx': Problem });
const REFUSALS = { '4xx': Problem, '5xx': Problem };
const TILE_TYPE = 'application/vnd.mapbox-vector-tile';

/** The routes of `api.ts`. All but the last three only read. */
export function addRoutes(instance: FastifyInstance, known: Answers): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { assets, versions, tables, comparisons, actions } = known;

  app.get(
    '/api/session',
    { schema: { querystring: z.object({ dag: z.string().max(300).optional() }), response: answers(Session) } },
    (request) => known.session(request),
  );
  app.get('/api/assets', { schema: { response: answers(AssetList) } }, () => assets.list());
  app.get('/api/assets/:kind/:id', { schema: { params: Asset, response: answers(AssetDetail) } }, ({ params }) =>
    assets.detail(params.kind, params.id),
  );
  app.get(
    '/api/assets/:kind/:id/versions/:key',
    { schema: { params: Version, response: answers(VersionDetail) } },
    (request, reply) => versions.detail(request.params.kind, request.params.id, request.params.key, wantedBy(reply)),
  );
  app.get(
    '/api/assets/builds/:id/readiness',
    {
      schema: {
        params: z.object({ id: z.string() }),
        querystring: z.object({ key: z.string().optional() }),
        response: answers(Readiness),
      },
    },
    (request, reply) => known.readiness(request.params.id, request.query.key, wantedBy(reply)),
  );
  app.get('/api/lineage/:kind/:id', { schema: { params: Asset, response: answers(Lineage) } }, ({ params }) =>
    lineageOf(assets, params),
  );
  app.get('/api/rows', { schema: { querystring: RowsQuery, response: answers(Rows) } }, (request, reply) => {
    const { ref, sort, filter, offset, limit } = request.query;
    return tables.rows(ref, { offset, limit, sort, filters: filtersIn(filter) }, wantedBy(reply));
  });
  app.get(
    '/api/profile',
    { schema: { querystring: Reference, response: answers(Document) } },
    async (request, reply) => ({
      ...(await tables.profile(request.query.ref, wantedBy(reply))),
    }),
  );
  app.get(
    '/api/diff',
    {
      schema: {
        querystring: z.object({ a: Reference.shape.ref, b: Reference.shape.ref }),
        response: answers(Document),
      },
    },
    async (request, reply) => ({ ...(await comparisons.of(request.query.a, request.query.b, wantedBy(reply))) }),
  );
  app.get(
    '/api/diff/tiles',
    { schema: { querystring: Compared, response: answers(ChangesExtent) } },
    async ({ query }, reply) => {
      const extent = await comparisons.extent(query.a, query.b, query.table, wantedBy(reply));
      return { extent: extent ?? null };
    },
  );
  app.get(
    '/api/diff/tiles/:z/:x/:y',
    { schema: { params: Area, querystring: Compared, response: REFUSALS } },
    async ({ query, params }, reply) =>
      sendTile(reply, await comparisons.tile(query.a, query.b, query.table, params, wantedBy(reply))),
  );
  app.get('/api/tiles', { schema: { querystring: Reference, response: answers(Extent) } }, (request, reply) =>
    tables.extent(request.query.ref, wantedBy(reply)),
  );
  app.get(
    '/api/tiles/:z/:x/:y',
    { schema: { params: Area, querystring: Reference, response: REFUSALS } },
    async (request, reply) => sendTile(reply, await tables.tile(request.query.ref, request.params, wantedBy(reply))),
  );
  app.get(
    '/api/files/:kind/:id/:key/*',
    // Of a HEAD request Fastify would read the whole file.
    { exposeHeadRoute: false, schema: { params: Version.extend({ '*': z.string() }), response: REFUSALS } },
    async (request, reply) => {
      const { kind, id, key, '*': file } = request.params;
      return sendFile(request, reply, await versions.file(kind, id, key, file));
    },
  );

  app.post(
    '/api/assets/ingest/:id/latest',
    { schema: { params: z.object({ id: z.string() }), body: LatestWanted, response: answers(LatestMoved) } },
    ({ params, body }) => actions.setLatest(params.id, body.version),
  );
  app.post(
    '/api/assets/ingest/:id/versions/:key/release',
    {
      schema: {
        params: z.object({ id: z.string(), key: z.string() }),
        body: ReleaseWanted,
        response: answers(Released),
      },
    },
    (request) => {
      const { id, key } = request.params;
      return actions.release(id, key, known.session(request).person, request.body.reason);
    },
  );
  app.delete(
    '/api/assets/:kind/:id/versions/:key',
    { schema: { params: Version, response: { 204: z.null(), ...REFUSALS } } },
    async ({ params }, reply) => {
      await actions.remove(params.kind, params.id, params.key);
      return reply.code(204).send(null);
    },
  );
}

/** An empty tile is none: a map asks for it once. */
function sendTile(reply: FastifyReply, tile: Uint8Array): never {
  if (tile.length === 0) return reply.code(204).send(null) as never;
  return reply.header('content-type', TILE_TYPE).send(tile) as never;
}

/** Aborted when the one who asked has gone before the answer. */
function wantedBy({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new LifecycleError('LIF_STOPPED', 'nobody waits for the answer'));
  });
  return controller.signal;
}

function filtersIn(text: string | undefined): Filter[] {
  if (text === undefined || text === '') return [];
  try {
    return z.array(Filter).max(100).parse(JSON.parse(text));
  } catch (cause) {
    throw new LifecycleError('LIF_USAGE', 'the filter is no list of conditions', {
      cause,
      hint: 'write it as [{"column": "a", "op": "=", "value": "x"}]',
    });
  }
}
