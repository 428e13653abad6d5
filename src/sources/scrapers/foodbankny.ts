import { endpoint } from '../endpoint.ts';
import { HttpClient } from '../http/client.ts';
import { download } from '../http/download.ts';
import { answerError, fetchText } from '../http/text.ts';
import type { SourceConnector } from '../source.ts';

/** Food pantries and kitchens: the page of the map names the CSV that it is drawn from. */
export const connector: SourceConnector = {
  type: 'foodbankny',
  async fetch(_args, destination, context) {
    using client = new HttpClient(context);
    const page = `${endpoint('FOODBANKNY', 'https://fbnycmap.z13.web.core.windows.net', context)}/`;
    const csv = /csvUrl\s*=\s*"([^"]+)"/.exec(await fetchText(client, page, context))?.[1];
    if (csv === undefined) throw answerError(page, 'no `csvUrl`; the page is no longer built as it was');
    return download(new URL(csv, page).href, destination, 'customsearch_agency_map_data.csv', context);
  },
};
