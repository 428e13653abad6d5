import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { ErrorCode } from '../error-codes.ts';
import { asLifecycleError, type LifecycleError } from '../errors.ts';
import { maskedError } from '../masking/reporter.ts';
import { type Access, judge, takeToken } from './access.ts';
import { isOpen, readPage, servePage } from './page.ts';
import { type Answers, addRoutes } from './routes.ts';
import { maskedAnswer } from './secrets.ts';

export interface AppOptions {
  answers: Answers;
  access: Access;
  /** Absolute path of the folder with the built page; without it there is none. */
  page: string | undefined;
  /** Is told of defects, which whoever asked can do nothing about. */
  onDefect: (error: LifecycleError) => void;
}

const NO_SUCH_THING: readonly ErrorCode[] = ['LIF_UNKNOWN_ID', 'STO_NO_VERSION', 'STO_NO_OUTPUT'];
const ASKED_WRONGLY: readonly ErrorCode[] = [
  'LIF_USAGE',
  'LIF_BAD_VERSION',
  'LIF_BAD_DATA_FILE',
  'STO_SEVERAL_DATASETS',
];
const STANDS_AGAINST: readonly ErrorCode[] = [
  'STO_NEEDED',
  'STO_ONLY_VERSION',
  'STO_BUSY',
  'STO_CLAIM_LOST',
  'STO_NOT_QUARANTINED',
];
const HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' };
/** The longest name that a path may have, percent-encoded. */
const LONGEST_NAME = 1_000;

/** What answers the page; it listens nowhere yet. */
export async function makeApp({ answers, access, page, onDefect }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: LONGEST_NAME },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: { info: { title: 'lifecycle', version: '1' } },
    transform: jsonSchemaTransform,
  });
  const files = page === undefined ? new Map() : await readPage(page);

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (request.method === 'GET' && (await takeToken(request, reply, access))) return;
    const verdict = judge(request, access);
    if (verdict.allowed || (verdict.status === 401 && isOpen(request))) return;
    await reply.code(verdict.status).send(problem('LIF_USAGE', verdict.message, howToShowIt(access)));
  });
  app.addHook('preSerialization', async (_request, reply, payload) => {
    // What is asked of a store that changes is never asked of a cache.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    return maskedAnswer(payload);
  });
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, onDefect));
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(problem('LIF_USAGE', 'there is no such address', null)),
  );

  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(async (routes) => addRoutes(routes as unknown as FastifyInstance, answers));
  servePage(app as unknown as FastifyInstance, files);
  return app as unknown as FastifyInstance;
}

async function answerError(
  error: unknown,
  reply: FastifyReply,
  onDefect: AppOptions['onDefect'],
): Promise<FastifyReply> {
  if (hasZodFastifySchemaValidationErrors(error))
    return reply.code(400).send(problem('LIF_USAGE', error.message, null));
  // Of Fastify itself: a body that is too large, or no JSON.
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== undefined && statusCode < 500) {
    return reply.code(statusCode).send(problem('LIF_USAGE', (error as Error).message, null));
  }
  const failure = asLifecycleError(error);
  if (failure.code === 'LIF_INTERNAL') onDefect(failure);
  const { code, message, hint } = maskedError(failure);
  return reply.code(statusOf(code)).send(problem(code, message, hint ?? null));
}

function statusOf(code: ErrorCode): number {
  if (NO_SUCH_THING.includes(code)) return 404;
  if (ASKED_WRONGLY.includes(code)) return 400;
  if (STANDS_AGAINST.includes(code)) return 409;
  return code === 'LIF_INTERNAL' ? 500 : 422;
}

function howToShowIt({ browser }: Access): string | null {
  return browser ? 'open the address that `lifecycle serve` has printed' : null;
}

function problem(code: ErrorCode, message: string, hint: string | null) {
  return { error: { code, message, hint } };
}
