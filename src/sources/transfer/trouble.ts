import { LifecycleError } from '../../errors.ts';
import { formatSeconds } from '../../report.ts';
import type { TransferPolicy } from './policy.ts';
import { AttemptFailure } from './retry.ts';

/** OpenSSL's and Node's codes for a certificate that cannot be trusted. */
const CERTIFICATE_CODE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  // Happy eyeballs gives one error for all addresses that were tried.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return '';
}

const SENTENCES: Record<string, string> = {
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'its name could not be looked up (no network or no name server)',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to it',
  ETIMEDOUT: 'the connection timed out',
};

/** What Node's http client threw, as the failure of one attempt that names the host. */
export function networkFailure(error: unknown, host: string): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  if (error instanceof LifecycleError) return new AttemptFailure(error, { passing: false });
  const code = codeOf(error);
  if (CERTIFICATE_CODE.test(code)) {
    return new AttemptFailure(
      new LifecycleError('SRC_TLS', `the certificate of ${host} cannot be trusted: ${(error as Error).message}`, {
        hint: 'tell the owner of the source; for a certificate authority of your own set NODE_EXTRA_CA_CERTS',
        cause: error,
      }),
      { passing: false },
    );
  }
  const sentence = SENTENCES[code] ?? (error instanceof Error ? error.message : String(error));
  return new AttemptFailure(
    new LifecycleError('SRC_UNREACHABLE', `${host}: ${sentence}`, {
      hint: 'check the network and the proxy variables (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), then run the same command again',
      cause: error,
    }),
    // A name that does not exist will not begin to; everything else may pass.
    { passing: code !== 'ENOTFOUND' && !code.startsWith('ERR_INVALID') },
  );
}

export function timeout(host: string, what: string): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_TIMEOUT', `${host}: ${what}`, {
      hint: 'run the same command again; LIFECYCLE_TRANSFER raises the limits (docs/sources.md)',
    }),
    { passing: true },
  );
}

export function totalTimeUp(host: string, policy: TransferPolicy): AttemptFailure {
  const { error } = timeout(host, `not done within ${formatSeconds(policy.totalMs)} in all`);
  return new AttemptFailure(error, { passing: false });
}

const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530]);

export function statusFailure(
  status: number,
  where: string,
  body: string,
  retryAfter: number | undefined,
): AttemptFailure {
  const hints: Record<number, string> = {
    401: 'the source asks for credentials; docs/sources.md lists the variables of every type',
    403: 'the source refuses us: check the credentials, or whether it blocks this network',
    404: 'check the address and the version in it',
    410: 'the source has withdrawn it',
    429: 'the source limits how often it is asked; run the same command again later',
  };
  const text = (xmlError(body) ?? body).replace(/\s+/g, ' ').trim().slice(0, 200);
  const shown = text === '' || text.startsWith('<') ? '' : `: ${text}`;
  return new AttemptFailure(
    new LifecycleError('SRC_HTTP_STATUS', `${where} answered ${status}${shown}`, {
      hint:
        hints[status] ??
        (status >= 500 ? 'the source has trouble of its own; run the same command again later' : 'check the address'),
      details: { status, ...(retryAfter === undefined ? {} : { retry_after_seconds: Math.ceil(retryAfter / 1000) }) },
    }),
    { passing: PASSING_STATUS.has(status), retryAfterMs: retryAfter },
  );
}

/** The code and message of an error document as S3 and its kin answer with. */
function xmlError(body: string): string | undefined {
  const [code, message] = ['Code', 'Message'].map((name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1]);
  return code === undefined ? undefined : `${code}${message ? ` (${message})` : ''}`;
}
