import { type AddressTagger, withAddressTagger } from '../../addresses/tagger.ts';
import { endpoint } from '../endpoint.ts';
import { HttpClient } from '../http/client.ts';
import type { SourceConnector } from '../source.ts';
import { takeApart } from './address.ts';
import { Page, piecesOf } from './page.ts';
import { readPages } from './pages.ts';
import { toCsv, writeRaw } from './raw-text.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** The branches of the Queens Public Library: the overview names them, each branch has a page of its own. */
export const connector: SourceConnector = {
  type: 'qpl',
  async fetch(_args, destination, context) {
    using client = new HttpClient(context);
    const base = endpoint('QPL', 'https://www.queenslibrary.org', context);
    const overview = await Page.load(client, `${base}/about-us/locations/?view=all`, context);
    const $ = overview.document;
    const links = $('div.locations-landing.card section p.title')
      .map((_index, title) => $(title).find('a').attr('href'))
      .get()
      // The virtual library has a card but no place.
      .filter((link) => link !== '' && !link.includes('anywhere'));
    if (links.length === 0) throw overview.changed('no card of a branch');
    const { branches, parser } = await withAddressTagger(context, async (tagger) => ({
      branches: await readPages(links, 'branches', context, async (link, inner) =>
        branchOf(await Page.load(client, new URL(link, base).href, inner), tagger),
      ),
      parser: tagger.parser,
    }));
    const facts = { url: overview.url, locations: branches.length, address_parser: parser };
    return writeRaw(destination, 'qpl_libraries.csv', toCsv(branches), facts);
  },
};

async function branchOf(page: Page, tagger: AddressTagger): Promise<Record<string, string | undefined>> {
  const $ = page.document;
  const address = await takeApart(page.requiredText('div#address', ' '), tagger);
  const about = $('h2')
    .filter((_index, heading) => $(heading).text().trim() === 'About This Location')
    .first()
    .parent();
  if (about.length === 0) throw page.changed('no “About This Location”');
  const paragraphs = about
    .find('p')
    .map((_index, paragraph) => piecesOf($, paragraph).join(''))
    .get();
  const hours = new Map<string, string>();
  for (const item of $('div.office-hours__item')) {
    const day = $(item)
      .find('span.office-hours__item-label')
      .first()
      .text()
      .replace(/^[: ]+|[: ]+$/g, '');
    const slots = $(item)
      .find('span.office-hours__item-slots')
      .map((_index, slot) => piecesOf($, slot).join(''))
      .get();
    hours.set(day, slots.join(' - '));
  }
  const frame = $('section#block-branchmap iframe').first();
  if (frame.length === 0) throw page.changed('no map of the branch');
  // The map's address is `…&LATITUDE&LONGITUDE`.
  const parts = (frame.attr('src') ?? '').split('&');
  const [latitude, longitude] = parts.length >= 3 ? [parts[1], parts[2]] : [];
  return {
    name: page.requiredText('h1.page-header'),
    place_name: address.placeName,
    address: address.street,
    city: address.city,
    state: address.state,
    zip_code: address.zip,
    phone: page.text('div#phone'),
    dropoff: page.text('div#dropoff'),
    mobility: page.text('div#mobility'),
    ...Object.fromEntries(DAYS.map((day) => [`${day.toLowerCase()}_hours`, hours.get(day)])),
    about: paragraphs.join(' '),
    latitude,
    longitude,
  };
}
