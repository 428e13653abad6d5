import { timingSafeEqual } from 'node:crypto';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asLifecycleError } from '../errors.ts';
import { maskedError } from '../masking/reporter.ts';
import { AssetDetail, AssetList, Filter, Kind, Problem, Rows, RowsQuery, VersionDetail } from './api.ts';
import type { Assets } from './assets.ts';
import type { Tables } from './tables.ts';
import type { Versions } from './versions.ts';

export interface AppOptions {
  assets: Assets;
  versions: Versions;
  tables: Tables;
  /** Who shows it may ask. */
  token: string;
}

/** Codes of errors that mean "there is no such thing". */
const ABSENT = ['LIF_UNKNOWN_ID', 'STO_NO_VERSION', 'STO_NO_OUTPUT'];
const ASKED_WRONGLY = ['LIF_USAGE', 'LIF_BAD_VERSION', 'LIF_BAD_DATA_FILE', 'STO_SEVERAL_DATASETS'];

const Asset = z.object({ kind: Kind, id: z.string() });
const Version = Asset.extend({ key: z.string() });
const answers = <T extends z.ZodType>(good: T) => ({ 200: good, 400: Problem, 404: Problem, 500: Problem });

/** What answers the page; it listens nowhere yet. */
export async function makeApp({ assets, versions, tables, token }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({ logger: false, routerOptions: { maxParamLength: 300 } }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: { info: { title: 'lifecycle', version: '1' } },
    transform: jsonSchemaTransform,
  });

  app.addHook('onRequest', async (request, reply) => {
    if (isToken(request.headers.authorization, token)) return;
    await reply.code(401).send(problem('LIF_USAGE', 'this needs the token of the server', null));
  });
  app.setErrorHandler(async (error, _request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      return reply.code(400).send(problem('LIF_USAGE', error.message, null));
    }
    const { code, message, hint } = maskedError(asLifecycleError(error));
    const status = ABSENT.includes(code) ? 404 : ASKED_WRONGLY.includes(code) ? 400 : 500;
    return reply.code(status).send(problem(code, message, hint ?? null));
  });

  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/api/assets', { schema: { response: answers(AssetList) } }, () => assets.list());
  app.get('/api/assets/:kind/:id', { schema: { params: Asset, response: answers(AssetDetail) } }, ({ params }) =>
    assets.detail(params.kind, params.id),
  );
  app.get(
    '/api/assets/:kind/:id/versions/:key',
    { schema: { params: Version, response: answers(VersionDetail) } },
    ({ params }) => versions.detail(params.kind, params.id, params.key),
  );
  app.get('/api/rows', { schema: { querystring: RowsQuery, response: answers(Rows) } }, ({ query }) =>
    tables.rows(query.ref, { ...query, sort: query.sort, filters: filtersIn(query.filter) }),
  );
  return app as unknown as FastifyInstance;
}

function filtersIn(text: string | undefined): Filter[] {
  return text === undefined || text === '' ? [] : z.array(Filter).parse(JSON.parse(text));
}

function problem(code: string, message: string, hint: string | null) {
  return { error: { code, message, hint } };
}

function isToken(header: string | undefined, token: string): boolean {
  const [given, wanted] = [header ?? '', `Bearer ${token}`].map((text) => Buffer.from(text));
  return given!.length === wanted!.length && timingSafeEqual(given!, wanted!);
}
