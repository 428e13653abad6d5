import { ARCHIVE_LIMITS } from '../archive-limits.ts';
import type { Declaration, Declarations } from '../declaration.ts';
import { path, port, secret, text, url } from '../kinds.ts';
import { numbersOf } from '../limits.ts';
import { READ_LIMITS } from '../read-limits.ts';
import { TRANSFER_LIMITS } from '../transfer-limits.ts';

/** What a source and its files may make the program do. */
export const LIMITS = {
  LIFECYCLE_TRANSFER: {
    kind: numbersOf(TRANSFER_LIMITS),
    default: {},
    otherwise: 'the numbers below',
    meaning: 'how patient a transfer is: attempts, waits, time-outs',
    usedBy: '`ingest`, `plan`, `latest`',
  },
  LIFECYCLE_ARCHIVE_LIMITS: {
    kind: numbersOf(ARCHIVE_LIMITS),
    default: {},
    otherwise: 'the numbers below',
    meaning: 'how large an archive may be',
    usedBy: '`ingest`',
  },
  LIFECYCLE_READ_LIMITS: {
    kind: numbersOf(READ_LIMITS),
    default: {},
    otherwise: 'the numbers below',
    meaning: 'what reading a raw file may take',
    usedBy: '`ingest`',
  },
} as const satisfies Declarations;

const S3 = 'source types `s3` and `edm.*`';
const EDM = 'source types `edm.*`';
const SOCRATA = 'source types `socrata` and `open_data`';

/** Credentials and addresses of sources. */
export const SOURCES = {
  AWS_ACCESS_KEY_ID: { kind: text, meaning: 'the name of the key that S3 requests are signed with', usedBy: S3 },
  AWS_SECRET_ACCESS_KEY: { kind: secret, meaning: 'the key that S3 requests are signed with', usedBy: S3 },
  AWS_SESSION_TOKEN: { kind: secret, meaning: 'the token of a key that holds for a time', usedBy: S3 },
  AWS_S3_ENDPOINT: {
    kind: url,
    otherwise: '`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else the `nyc3` of DigitalOcean',
    meaning: 'the address of the S3 service',
    usedBy: S3,
  },
  AWS_ENDPOINT_URL_S3: { kind: url, meaning: 'stands in for `AWS_S3_ENDPOINT`', usedBy: S3 },
  AWS_ENDPOINT_URL: { kind: url, meaning: 'stands in for `AWS_ENDPOINT_URL_S3`', usedBy: S3 },
  AWS_REGION: {
    kind: text,
    otherwise: '`AWS_DEFAULT_REGION`, else `us-east-1`',
    meaning: 'the region that S3 requests are signed for',
    usedBy: S3,
  },
  AWS_DEFAULT_REGION: { kind: text, meaning: 'stands in for `AWS_REGION`', usedBy: S3 },
  RECIPES_BUCKET: { kind: text, default: 'edm-recipes', meaning: 'the bucket of archived datasets', usedBy: EDM },
  PUBLISHING_BUCKET: {
    kind: text,
    default: 'edm-publishing',
    meaning: 'the bucket of published products',
    usedBy: EDM,
  },
  PRIVATE_BUCKET: { kind: text, default: 'edm-private', meaning: 'the bucket of private datasets', usedBy: EDM },
  PUBLISHING_BUCKET_ROOT_FOLDER: {
    kind: text,
    otherwise: 'the top of the bucket',
    meaning: 'the folder of the publishing bucket that products lie in',
    usedBy: EDM,
  },
  SOCRATA_USER: { kind: text, meaning: 'the account for private datasets', usedBy: SOCRATA },
  SOCRATA_PASSWORD: { kind: secret, meaning: 'the password of that account', usedBy: SOCRATA },
  SOCRATA_APP_TOKEN: { kind: secret, meaning: 'the token that widens the limits of requests', usedBy: SOCRATA },
  ...sftp('AXWAY_SFTP', 'axway', '`securetransport.nyc.gov`'),
  ...sftp('SFTP', 'ginger', undefined),
  USPS_LOCATIONS_SESSION_HEADERS: {
    kind: secret,
    meaning: "the headers of a browser's `getLocations` request, as a JSON object",
    usedBy: 'source type `usps_locations`',
  },
  ...proxies(),
} as const satisfies Declarations;

interface SftpVariables {
  HOST: Declaration<string>;
  PORT: Declaration<number>;
  USER: Declaration<string>;
  PASSWORD: Declaration<string>;
  PRIVATE_KEY_PATH: Declaration<string>;
  PRIVATE_KEY_PASSPHRASE: Declaration<string>;
  KNOWN_HOSTS: Declaration<string>;
}
type Prefixed<P extends string, T> = { [K in keyof T & string as `${P}_${K}`]: Omit<T[K], 'default'> };

function sftp<P extends string>(prefix: P, type: string, usualHost: string | undefined): Prefixed<P, SftpVariables> {
  const usedBy = `source type \`${type}\``;
  const variables: SftpVariables = {
    HOST: {
      kind: text,
      ...(usualHost === undefined ? {} : { otherwise: usualHost }),
      meaning: 'the SFTP server',
      usedBy,
    },
    PORT: { kind: port, otherwise: '22', meaning: 'its port', usedBy },
    USER: { kind: text, meaning: 'the account there', usedBy },
    PASSWORD: { kind: secret, meaning: 'the password of the account', usedBy },
    PRIVATE_KEY_PATH: { kind: path, meaning: 'the file of a private key, in place of a password', usedBy },
    PRIVATE_KEY_PASSPHRASE: { kind: secret, meaning: 'what opens the private key', usedBy },
    KNOWN_HOSTS: {
      kind: path,
      otherwise: '`~/.ssh/known_hosts`',
      meaning: 'the file that holds the host key of the server',
      usedBy,
    },
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, declaration]) => [`${prefix}_${name}`, declaration]),
  ) as Prefixed<P, SftpVariables>;
}

function proxies() {
  const usedBy = 'every source that is reached by HTTP';
  const toProxy = (scheme: string) => ({ kind: text, meaning: `the proxy for ${scheme} addresses`, usedBy });
  const none = { kind: text, meaning: 'hosts that are reached without the proxy, with commas between', usedBy };
  return {
    HTTPS_PROXY: toProxy('https'),
    HTTP_PROXY: toProxy('http'),
    NO_PROXY: none,
    https_proxy: toProxy('https'),
    http_proxy: toProxy('http'),
    no_proxy: none,
  };
}
