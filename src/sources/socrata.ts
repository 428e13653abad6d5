import { z } from 'zod';
import { newYorkDate } from '../new-york-time.ts';
import { argumentError, keyOf, oneOf, requiredText } from './arguments.ts';
import { airflowConnection, extraText } from './credentials.ts';
import { endpoint } from './endpoint.ts';
import { HttpClient, type HttpRequest } from './http/client.ts';
import { download } from './http/download.ts';
import { answerError, fetchJson } from './http/text.ts';
import type { SourceArguments, SourceContext, TellingConnector } from './source.ts';

const TYPE = 'socrata';
const HOSTS = { nyc: 'data.cityofnewyork.us', nys: 'data.ny.gov', nys_health: 'health.data.ny.gov' } as const;
const EXPORTS = {
  csv: { extension: 'csv', path: (uid: string) => `/api/views/${uid}/rows.csv` },
  geojson: {
    extension: 'geojson',
    path: (uid: string) => `/api/geospatial/${uid}?method=export&format=GeoJSON`,
  },
  shapefile: {
    extension: 'shp.zip',
    path: (uid: string) => `/api/geospatial/${uid}?method=export&format=Shapefile`,
  },
} as const;

/** Times are in seconds since 1970. */
const VIEW = z.object({ name: z.string().optional(), rowsUpdatedAt: z.number().optional() });

/** A dataset of a Socrata portal, as one of the exports that the portal makes of it. */
export const connector: TellingConnector = {
  type: TYPE,

  async latestVersion(args, context) {
    const { uid, base } = locate(args, context);
    using client = new HttpClient(context);
    const url = `${base}/api/views/${encodeURIComponent(uid)}.json`;
    const view = VIEW.safeParse(await fetchJson(client, url, context, authorized(context)));
    if (view.data?.rowsUpdatedAt === undefined) {
      throw answerError(url, 'its metadata has no `rowsUpdatedAt`, so it tells no version; give one');
    }
    return newYorkDate(new Date(view.data.rowsUpdatedAt * 1000));
  },

  async fetch(args, destination, context) {
    const { uid, base } = locate(args, context);
    const format = oneOf(requiredText(args, 'format', TYPE), ['csv', 'geojson', 'shapefile'], 'format', TYPE);
    const { extension, path } = EXPORTS[format];
    const request = authorized(context);
    // The portal makes an export anew for each request, so it has no ranges to resume by; packed it is far quicker.
    const headers = { ...request.headers, ...(format === 'shapefile' ? {} : { 'accept-encoding': 'gzip' }) };
    return download(`${base}${path(encodeURIComponent(uid))}`, destination, `${uid}.${extension}`, context, {
      ...request,
      headers,
    });
  },
};

function locate(args: SourceArguments, context: SourceContext): { uid: string; base: string } {
  const uid = keyOf(args, TYPE);
  if (!/^[a-z0-9]{4}-[a-z0-9]{4}$/.test(uid))
    throw argumentError(`${JSON.stringify(uid)} is no id of a Socrata dataset`, 'it looks like w7w3-xahh');
  const org = oneOf(requiredText(args, 'org', TYPE), ['nyc', 'nys', 'nys_health'], 'org', TYPE);
  return { uid, base: endpoint('SOCRATA', `https://${HOSTS[org]}`, context) };
}

/** Public datasets need no credentials; with them limits are wider and private ones readable. */
function authorized(context: SourceContext): HttpRequest {
  const { value } = context.settings;
  const connection = airflowConnection('lifecycle_socrata', context.settings);
  const user = value('SOCRATA_USER') ?? connection?.login;
  const password = value('SOCRATA_PASSWORD') ?? connection?.password;
  const token = value('SOCRATA_APP_TOKEN') ?? extraText(connection, 'app_token');
  const basic = user && password ? Buffer.from(`${user}:${password}`).toString('base64') : undefined;
  return {
    headers: {
      ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
      ...(token === undefined ? {} : { 'x-app-token': token }),
    },
    secrets: [password, basic, token],
  };
}
