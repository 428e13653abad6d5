import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LifecycleError } from '../../errors.ts';
import { writeFileDurably } from '../../store/files.ts';
import { storeLayout } from '../../store/layout.ts';
import { argumentError } from '../arguments.ts';
import { endpoint } from '../endpoint.ts';
import { HttpClient } from '../http/client.ts';
import { fetchText } from '../http/text.ts';
import type { SourceArguments, SourceConnector, SourceContext } from '../source.ts';
import { elementsOf, membersOf } from '../transfer/json-slices.ts';
import { toJsonArray, writeRaw } from './raw-text.ts';

const TYPE = 'usps_locations';
const VARIABLE = 'USPS_LOCATIONS_SESSION_HEADERS';
/** The service gives no more results than this for one query, and does not say that there are more. */
const RESULT_CAP = 199;
/** Points whose circles of five miles cover New York City with fewer results than the cap. */
const ZIP_CODES =
  '10002 10304 10306 10309 10314 10455 10460 10466 10475 11004 11096 11109 11230 11357 11385 11423 11693 11697'.split(
    ' ',
  );
const MAX_DISTANCE_MILES = '5';
/** Between two queries; the service turns away who asks too quickly. */
const USUAL_PAUSE_SECONDS = 3;
/** What was gathered longer ago than this is another day's state. */
const CHECKPOINT_LIFE_MS = 24 * 3_600_000;

const CHECKPOINT = z.object({
  began: z.number(),
  zips: z.array(z.string()),
  /** JSON texts by location id. */
  locations: z.array(z.tuple([z.string(), z.string()])),
});
type Checkpoint = z.infer<typeof CHECKPOINT>;

/**
 * Post offices, by the location finder of USPS. It lets only sessions of real browsers in, for about an hour and some
 * queries; so what has been gathered is kept, and the next run goes on from there.
 */
export const connector: SourceConnector = {
  type: TYPE,
  async fetch(args, destination, context) {
    const headers = sessionHeaders(context);
    const pause = pauseOf(args);
    const file = path.join(storeLayout(context.settings.storeDir).checkpoints, `${TYPE}.json`);
    const checkpoint = await readCheckpoint(file);
    const locations = new Map(checkpoint.locations);
    const url = `${endpoint('USPS', 'https://tools.usps.com', context)}/locations/getLocations`;
    // A session that was turned away stays so; asking again only makes it last longer.
    using client = new HttpClient({ ...context, policy: { ...context.policy, attempts: 1 } });
    const remaining = ZIP_CODES.filter((zip) => !checkpoint.zips.includes(zip));
    if (remaining.length < ZIP_CODES.length) {
      context.reporter.log('info', 'going on from an earlier run', {
        zips: checkpoint.zips.length,
        locations: locations.size,
      });
    }
    const full: string[] = [];
    for (const [index, zip] of remaining.entries()) {
      if (index > 0)
        await sleep(pause * 1000, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
      const found = await query(client, url, zip, headers, checkpoint.zips.length, context);
      if (found.length >= RESULT_CAP) full.push(zip);
      for (const location of found) locations.set(idOf(location, url), location);
      checkpoint.zips.push(zip);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFileDurably(file, JSON.stringify({ ...checkpoint, locations: [...locations] }));
      context.reporter.progress('ZIP codes', checkpoint.zips.length, ZIP_CODES.length, 'rows');
    }
    if (full.length > 0) {
      context.reporter.log(
        'warning',
        `USPS gave ${RESULT_CAP} results or more, so some are missing, around ${full.join(', ')}`,
      );
    }
    const facts = { url, locations: locations.size, ...(full.length > 0 ? { capped_zip_codes: full } : {}) };
    const fetched = await writeRaw(destination, 'usps_locations.json', toJsonArray([...locations.values()]), facts);
    await rm(file, { force: true });
    return fetched;
  },
};

function pauseOf(args: SourceArguments): number {
  const pause = args.pause_seconds ?? USUAL_PAUSE_SECONDS;
  if (typeof pause === 'number' && pause >= 0 && pause <= 3600) return pause;
  throw argumentError(`\`pause_seconds\` of a ${TYPE} source must be a number up to 3600`);
}

/** @throws LifecycleError SRC_CREDENTIALS */
function sessionHeaders(context: SourceContext): Record<string, string> {
  const text = context.settings.value(VARIABLE);
  const headers = z.record(z.string(), z.string()).safeParse(text ? parseOrUndefined(text) : undefined);
  if (headers.success) return headers.data;
  throw rejected(text ? `${VARIABLE} is no JSON object of headers` : `${VARIABLE} is not set`);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rejected(message: string, cause?: unknown): LifecycleError {
  return new LifecycleError('SRC_CREDENTIALS', message, {
    hint:
      'search any ZIP code on tools.usps.com/locations in a browser, take the headers of its getLocations request ' +
      `(developer tools, Network) as a JSON object into ${VARIABLE}, and run again within the hour; what was gathered is kept`,
    cause,
  });
}

const USUAL_HEADERS = {
  accept: 'application/json, text/javascript, */*; q=0.01',
  'content-type': 'application/json;charset=utf-8',
  'x-requested-with': 'XMLHttpRequest',
  origin: 'https://tools.usps.com',
};
/** These belong to the connection, whatever the browser's were. */
const OWN_HEADERS = new Set(['content-length', 'host', 'connection', 'accept-encoding']);

async function query(
  client: HttpClient,
  url: string,
  zip: string,
  session: Record<string, string>,
  done: number,
  context: SourceContext,
): Promise<string[]> {
  const captured = Object.entries(session).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = { ...USUAL_HEADERS, ...Object.fromEntries(captured.filter(([name]) => !OWN_HEADERS.has(name))) };
  const request = {
    requestZipCode: zip,
    requestType: 'PO',
    maxDistance: MAX_DISTANCE_MILES,
    requestServices: '',
    requestHours: '',
  };
  const why =
    done > 0 ? `it blocks us after ${done} queries; wait before the next run` : 'the session is expired or wrong';
  let text: string;
  try {
    const body = JSON.stringify(request);
    text = await fetchText(client, url, context, { method: 'POST', headers, body, secrets: Object.values(session) });
  } catch (error) {
    if (error instanceof LifecycleError && error.code === 'SRC_HTTP_STATUS') {
      throw rejected(`USPS answered ${error.details?.status} for ${zip}: ${why}`, error);
    }
    throw error;
  }
  try {
    if (text.trimStart().startsWith('[')) return elementsOf(text);
    const members = new Map(membersOf(text).map(({ key, value }) => [key, value]));
    const list = members.get('locations') ?? members.get('Locations') ?? members.get('results');
    if (list !== undefined) return elementsOf(list);
  } catch (error) {
    // Challenge and block pages come as HTML with status 200.
    throw rejected(`USPS answered with no JSON for ${zip}: ${why}`, error);
  }
  throw rejected(`USPS answered without locations for ${zip}: ${why}`);
}

function idOf(location: string, url: string): string {
  const id = membersOf(location).find(({ key }) => key === 'locationID')?.value;
  if (id !== undefined) return id;
  throw new LifecycleError('SRC_ANSWER', `${url}: a location has no locationID`, {
    hint: 'the service has changed; tell the owner of this connector',
  });
}

async function readCheckpoint(file: string): Promise<Checkpoint> {
  const fresh = { began: Date.now(), zips: [], locations: [] };
  const text = await readFile(file, 'utf8').catch(() => '');
  const { data } = CHECKPOINT.safeParse(text === '' ? undefined : parseOrUndefined(text));
  return data && Date.now() - data.began < CHECKPOINT_LIFE_MS ? data : fresh;
}
