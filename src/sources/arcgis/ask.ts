import { z } from 'zod';
import type { HttpClient } from '../http/client.ts';
import { answerError, fetchText } from '../http/text.ts';
import type { SourceContext } from '../source.ts';
import { jsonDocumentIn } from '../transfer/json-document.ts';
import { AttemptFailure } from '../transfer/retry.ts';

/** No answer that is an error is longer. */
const LONGEST_ERROR = 2 ** 16;
const TEXTS = z.union([z.string(), z.array(z.unknown()).transform((parts) => parts.map(String).join(' '))]);
const CODE = z.union([z.number(), z.string().transform(Number)]);
const ERROR = z.object({
  code: CODE.optional().catch(undefined),
  message: TEXTS.optional().catch(undefined),
  details: TEXTS.optional().catch(undefined),
});
const ERROR_BODY = z.union([
  z.object({ error: ERROR }).transform(({ error }) => error),
  z.object({ error: z.string() }).transform(({ error }) => ({ message: error })),
  // Servers without a service say so in words of their own.
  z.object({ status: z.literal('error'), messages: TEXTS, code: CODE.optional() }).transform((body) => ({
    message: body.messages,
    code: body.code,
  })),
]);

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
    const error = errorIn(text);
    if (!error) return;
    const what = [error.message, 'details' in error ? error.details : undefined].filter((part) => part).join(' ');
    const code = Number.isFinite(error.code) ? Number(error.code) : 0;
    throw new AttemptFailure(answerError(url, `error ${code}: ${what || 'without a reason'}`), {
      passing: code >= 500 || code === 429,
    });
  };
  const form = new URLSearchParams(parameters).toString();
  const options = { check, ...(deadline === undefined ? {} : { deadline }) };
  // Lists of ids are too long for an address; what describes a service is a page like any other, cached and only read.
  if (!url.endsWith('/query')) return fetchText(client, `${url}?${form}`, context, options);
  return fetchText(client, url, context, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
    ...options,
  });
}

type ServiceError = Partial<z.infer<typeof ERROR>>;

function errorIn(text: string): ServiceError | undefined {
  const begins = /^\s*\{\s*"error"\s*:\s*(?!null\b|false\b)/.test(text);
  if (!begins && text.length > LONGEST_ERROR) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return begins ? {} : undefined;
  }
  const known = ERROR_BODY.safeParse(value);
  if (known.success) return known.data;
  return begins || jsonDocumentIn(text.trim(), true)?.isError ? { message: text.trim().slice(0, 200) } : undefined;
}

/** @throws LifecycleError SRC_ANSWER for what is not as the service's documentation says */
export function readAnswer<T>(text: string, schema: z.ZodType<T>, url: string): T {
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
