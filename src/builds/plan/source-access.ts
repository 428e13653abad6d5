import { LifecycleError } from '../../errors.ts';
import { bytesIsConfigured, s3IsConfigured, USUAL_SITE_MAP } from '../../sources/configured.ts';
import type { SourceContext } from '../../sources/source.ts';
import { questionPolicy } from '../../sources/transfer/policy.ts';
import type { BuildContext } from '../build-options.ts';
import { InputProblem, type InputProblemKind, SOURCES_WITHOUT_VERSIONS } from './catalog.ts';

/** What stands behind a source; the department's buckets are one service. */
type Service = 'the archive' | 'the download site';
const serviceOf = (source: string): Service => (source === 'bytes' ? 'the download site' : 'the archive');

const S3_VARIABLES =
  'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_S3_ENDPOINT), or the Airflow connection lifecycle_s3';
/** Codes that say something of the service, and not of the one thing that was asked for. */
const DOWN = ['SRC_UNREACHABLE', 'SRC_TIMEOUT', 'SRC_TLS'];
/** The recipe asks for what the source cannot give. */
const REFUSED = ['SRC_ARGUMENTS', 'SRC_UNKNOWN_TYPE'];
const GONE = [404, 410];
const SERVER_TROUBLE = 500;

/** Who may be asked by one plan. A service that does not answer is not asked again: everybody gets the same failure. */
export class SourceAccess {
  readonly #context: BuildContext;
  readonly #down = new Map<Service, LifecycleError>();
  readonly #asked = new Set<Service>();

  constructor(context: BuildContext) {
    this.#context = context;
  }

  /** Why a source is not asked, and what to do so that it is; undefined when it is. */
  unasked(source: string): string | undefined {
    const { settings, options } = this.#context;
    // Nobody but the store is asked for what such a source has.
    if (SOURCES_WITHOUT_VERSIONS.includes(source)) return undefined;
    const service = serviceOf(source);
    if (options.offline) return `${service} was not asked because of --offline`;
    if (service === 'the archive') {
      return s3IsConfigured(settings) ? undefined : `${service} was not asked: set ${S3_VARIABLES}`;
    }
    return bytesIsConfigured(settings) ? undefined : `${service} was not asked: put its site map at ${USUAL_SITE_MAP}`;
  }

  /** For connectors. @param patience `question` for short answers, `file` for as long as a file takes */
  context(patience: 'question' | 'file', version?: string): SourceContext {
    const { settings, reporter, signal } = this.#context;
    const policy = patience === 'question' ? questionPolicy(settings.value('LIFECYCLE_TRANSFER')) : undefined;
    return { settings, reporter, signal, version, policy };
  }

  /**
   * Asks a source.
   *
   * @param absent what it means when the source has no such thing
   * @throws InputProblem `absent`, `source_refused`, or `source_failed` with the code of the trouble
   */
  async ask<T>(source: string, absent: InputProblemKind, work: () => Promise<T>): Promise<T> {
    const service = serviceOf(source);
    if (!this.#asked.has(service)) this.#context.reporter.log('info', `asking ${service}`);
    this.#asked.add(service);
    try {
      const down = this.#down.get(service);
      if (down) throw down;
      return await work();
    } catch (error) {
      this.#context.signal.throwIfAborted();
      if (!(error instanceof LifecycleError) || !error.code.startsWith('SRC_')) throw error;
      const status = Number(error.details?.status);
      if (DOWN.includes(error.code) || status >= SERVER_TROUBLE) this.#down.set(service, error);
      if (error.code === 'SRC_NOT_FOUND' || GONE.includes(status)) throw new InputProblem(absent, error.message, error);
      if (REFUSED.includes(error.code)) throw new InputProblem('source_refused', error.message, error);
      throw new InputProblem('source_failed', `${error.code}: ${error.message}`, error);
    }
  }
}
