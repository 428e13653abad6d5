import { type AddressTagger, withAddressTagger } from '../../addresses/tagger.ts';
import { endpoint } from '../endpoint.ts';
import { HttpClient } from '../http/client.ts';
import type { SourceConnector, SourceContext } from '../source.ts';
import { takeApart } from './address.ts';
import { Page } from './page.ts';
import { readPages } from './pages.ts';
import { toCsv, writeRaw } from './raw-text.ts';

/** The searches whose results are the courts of New York City: the Southern and the Eastern District. */
const SEARCHES = [
  {
    coordinates: '40.7127753,-74.0059728',
    country: 'US',
    county: 'New York',
    location: 'New York, NY, USA',
    state: 'NY',
    zip: '10007',
    'f[0]': 'usc_district_id:1303',
  },
  {
    coordinates: '40.6781784,-73.9441579',
    country: 'US',
    county: 'Kings',
    location: 'Brooklyn, NY, USA',
    state: 'NY',
    zip: '11216',
    'f[0]': 'usc_district_id:1301',
  },
];
/** Far more pages of results than a search has; a site that never ends must not keep us. */
const MOST_PAGES = 100;

/** Federal courts of New York City, by the court finder: the results name them, each court has a page of its own. */
export const connector: SourceConnector = {
  type: 'uscourts',
  async fetch(_args, destination, context) {
    using client = new HttpClient(context);
    const base = endpoint('USCOURTS', 'https://www.uscourts.gov', context);
    const finder = `${base}/federal-court-finder/find`;
    const links: string[] = [];
    for (const search of SEARCHES) links.push(...(await resultsOf(client, finder, search, context)));
    const { courts, parser } = await withAddressTagger(context, async (tagger) => ({
      courts: await readPages(links, 'courts', context, async (link, inner) =>
        courtOf(await Page.load(client, new URL(link, base).href, inner), tagger),
      ),
      parser: tagger.parser,
    }));
    return writeRaw(destination, 'uscourts_nyc_courts.csv', toCsv(courts), {
      url: finder,
      locations: courts.length,
      address_parser: parser,
    });
  },
};

async function resultsOf(
  client: HttpClient,
  finder: string,
  search: Record<string, string>,
  context: SourceContext,
): Promise<string[]> {
  const links: string[] = [];
  for (let number = 0; number < MOST_PAGES; number++) {
    const query = new URLSearchParams({ ...search, page: String(number) });
    const page = await Page.load(client, `${finder}?${query}`, context);
    const $ = page.document;
    const found = $('div.court-finder-result')
      .map((_index, result) => $(result).find('a').first().attr('href'))
      .get();
    if (found.length === 0 && number === 0) throw page.changed(`no court for ${search.location}`);
    if (found.length === 0) return links;
    links.push(...found);
  }
  return links;
}

async function courtOf(page: Page, tagger: AddressTagger): Promise<Record<string, string | undefined>> {
  const text = page.text('address.court-finder-court__address', ' ') ?? '';
  const address = await takeApart(text, tagger);
  return {
    name: page.text('h1.page-title'),
    courttype: page.text('div.court-finder-court__court-type')?.replace('Court type:', '').trim(),
    phone_number: page.text('a.court-finder-court__button-phone'),
    place_name: address.placeName,
    address: address.street,
    city: address.city,
    state: address.state,
    zip_code: address.zip,
    raw_full_address: text,
  };
}
