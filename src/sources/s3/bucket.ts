import type { IncomingHttpHeaders } from 'node:http';
import { LifecycleError } from '../../errors.ts';
import { airflowConnection, extraText } from '../credentials.ts';
import { HttpClient, type HttpRequest } from '../http/client.ts';
import { download } from '../http/download.ts';
import { answerError, fetchJson, fetchText } from '../http/text.ts';
import type { Fetched, SourceContext } from '../source.ts';
import type { DeclaredChecksum } from '../transfer/checksum.ts';
import { decodeXml, elementsNamed } from './xml.ts';

/** Where the department's buckets are. */
const DEPARTMENT_ENDPOINT = 'https://nyc3.digitaloceanspaces.com';
/** Names that a hint can hold. */
const SHOWN = 10;

interface Access {
  endpoint: string;
  region: string;
  keyId: string | undefined;
  secret: string | undefined;
  sessionToken: string | undefined;
}

function accessFrom(context: SourceContext): Access {
  const { value } = context.settings;
  const connection = airflowConnection('lifecycle_s3', context.settings);
  const host = connection?.host
    ? `https://${connection.host}${connection.port ? `:${connection.port}` : ''}`
    : undefined;
  const endpoint =
    value('AWS_S3_ENDPOINT') ??
    value('AWS_ENDPOINT_URL_S3') ??
    value('AWS_ENDPOINT_URL') ??
    extraText(connection, 'endpoint_url') ??
    host ??
    DEPARTMENT_ENDPOINT;
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    region: value('AWS_REGION') ?? value('AWS_DEFAULT_REGION') ?? extraText(connection, 'region_name') ?? 'us-east-1',
    keyId: value('AWS_ACCESS_KEY_ID') ?? connection?.login,
    secret: value('AWS_SECRET_ACCESS_KEY') ?? connection?.password,
    sessionToken: value('AWS_SESSION_TOKEN') ?? extraText(connection, 'aws_session_token'),
  };
}

/** RFC 3986: what encodeURIComponent leaves, a signature needs encoded. */
function encodeKey(key: string): string {
  return key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
}

/**
 * Reads one bucket of an S3 service, addressed by path. Without credentials it asks as a stranger, which is enough for
 * what is public.
 */
export class Bucket {
  readonly name: string;
  readonly #access: Access;
  readonly #context: SourceContext;

  constructor(name: string, context: SourceContext) {
    if (!/^[a-z0-9][a-z0-9._-]{1,62}$/i.test(name)) {
      throw new LifecycleError('SRC_ARGUMENTS', `${JSON.stringify(name)} is no name of a bucket`, {
        hint: 'a bucket has 3 to 63 letters, digits, dots and dashes',
      });
    }
    this.name = name;
    this.#context = context;
    this.#access = accessFrom(context);
  }

  address(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /**
   * Downloads one object, with the retries and checks of any download.
   * @throws LifecycleError SRC_NOT_FOUND naming what lies beside it, SRC_CREDENTIALS, SRC_*
   */
  async get(
    key: string,
    destination: string,
    filename: string,
    options: { checksums?: readonly DeclaredChecksum[] } = {},
  ): Promise<Fetched> {
    try {
      const fetched = await download(this.#url(key), destination, filename, this.#context, {
        ...this.#request(),
        ...options,
        asStored: true,
      });
      return { ...fetched, facts: { ...fetched.facts, object: this.address(key) } };
    } catch (error) {
      throw await this.#explained(error, key);
    }
  }

  /** @throws LifecycleError as `get` does */
  async getJson(key: string): Promise<unknown> {
    using client = new HttpClient(this.#context);
    try {
      return await fetchJson(client, this.#url(key), this.#context, this.#request());
    } catch (error) {
      throw await this.#explained(error, key);
    }
  }

  /**
   * An object as text, with its headers, among them `last-modified` and its own `x-amz-meta-…`.
   * @throws LifecycleError as `get` does
   */
  async getText(key: string): Promise<{ text: string; headers: IncomingHttpHeaders }> {
    using client = new HttpClient(this.#context);
    let headers: IncomingHttpHeaders = {};
    const onHeaders = (found: IncomingHttpHeaders) => {
      headers = found;
    };
    try {
      const text = await fetchText(client, this.#url(key), this.#context, { ...this.#request(), onHeaders });
      return { text, headers };
    } catch (error) {
      throw await this.#explained(error, key);
    }
  }

  /**
   * The names directly below a folder.
   * @param folder without its last slash; empty for the top
   * @throws LifecycleError SRC_*
   */
  async list(folder: string): Promise<{ folders: string[]; files: string[] }> {
    using client = new HttpClient(this.#context);
    const prefix = folder === '' ? '' : `${folder}/`;
    const found = { folders: [] as string[], files: [] as string[] };
    let continuation: string | undefined;
    do {
      const url = new URL(this.#url(''));
      url.search = new URLSearchParams({
        'list-type': '2',
        delimiter: '/',
        prefix,
        ...(continuation === undefined ? {} : { 'continuation-token': continuation }),
      })
        .toString()
        .replaceAll('+', '%20');
      let xml: string;
      try {
        xml = await fetchText(client, url, this.#context, this.#request());
      } catch (error) {
        throw this.#translated(error, prefix);
      }
      if (!xml.includes('<ListBucketResult')) throw answerError(this.address(prefix), 'its listing is none');
      for (const entry of elementsNamed(xml, 'CommonPrefixes')) {
        found.folders.push(...elementsNamed(entry, 'Prefix').map((path) => decodeXml(path).slice(prefix.length, -1)));
      }
      for (const entry of elementsNamed(xml, 'Contents')) {
        const names = elementsNamed(entry, 'Key').map((path) => decodeXml(path).slice(prefix.length));
        found.files.push(...names.filter((name) => name !== ''));
      }
      continuation = elementsNamed(xml, 'NextContinuationToken').map(decodeXml)[0];
    } while (continuation !== undefined);
    return found;
  }

  #url(key: string): string {
    return `${this.#access.endpoint}/${this.name}/${encodeKey(key)}`;
  }

  #request(): HttpRequest {
    const { keyId, secret, sessionToken, region } = this.#access;
    if (keyId === undefined || secret === undefined) return {};
    return {
      secrets: [secret, sessionToken],
      sign: async (url) => {
        const { AwsV4Signer } = await import('aws4fetch');
        const signer = new AwsV4Signer({
          url: url.href,
          accessKeyId: keyId,
          secretAccessKey: secret,
          ...(sessionToken === undefined ? {} : { sessionToken }),
          service: 's3',
          region,
        });
        const { headers } = await signer.sign();
        headers.delete('host');
        return Object.fromEntries(headers);
      },
    };
  }

  #translated(error: unknown, key: string, beside = ''): unknown {
    if (!(error instanceof LifecycleError) || error.code !== 'SRC_HTTP_STATUS') return error;
    const status = error.details?.status;
    const anonymous = this.#access.keyId === undefined || this.#access.secret === undefined;
    if (status === 404) {
      return new LifecycleError('SRC_NOT_FOUND', `there is no ${this.address(key)}`, {
        hint: beside || 'check bucket, path and version',
        cause: error,
      });
    }
    if (status === 401 || status === 403) {
      return new LifecycleError(
        'SRC_CREDENTIALS',
        `${this.#access.endpoint} refuses ${this.address(key)}${anonymous ? ' to a stranger' : ''}`,
        {
          hint: anonymous
            ? 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_S3_ENDPOINT), or the Airflow connection lifecycle_s3'
            : 'the credentials are wrong or may not read it; some services also say so when there is no such object',
          cause: error,
        },
      );
    }
    return error;
  }

  /** As #translated; what is missing is told together with what is there. */
  async #explained(error: unknown, key: string): Promise<unknown> {
    const missing = error instanceof LifecycleError && error.details?.status === 404;
    if (!missing) return this.#translated(error, key);
    const folder = key.split('/').slice(0, -1).join('/');
    const around = await this.list(folder).catch(() => undefined);
    const names = around ? [...around.folders.map((name) => `${name}/`), ...around.files] : [];
    const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
    const beside =
      names.length > 0
        ? `${this.address(folder)}/ holds ${names.slice(0, SHOWN).join(', ')}${more}`
        : `${this.address(folder)}/ is empty or not there`;
    return this.#translated(error, key, around ? beside : '');
  }
}
