import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Handler, type Scene, scene, serve } from './fixture.ts';

/** Answers by path and query; what is not there is a 404. */
function site(pages: Readonly<Record<string, string | ((body: string) => string)>>): Handler {
  return (request, response, _count, body) => {
    const page =
      pages[decodeURIComponent(request.url ?? '').replaceAll('+', ' ')] ??
      pages[(request.url ?? '').split('?')[0] ?? ''];
    if (page === undefined) response.writeHead(404).end('<html><title>Not found</title></html>');
    else response.end(typeof page === 'string' ? page : page(body));
  };
}

async function fetch(type: string, stage: Scene, args: Record<string, unknown> = { key: '' }) {
  const fetched = await (await connectorFor(type)).fetch(args, stage.destination, stage.context);
  return { ...fetched, text: await readFile(fetched.path, 'utf8') };
}

const branch = (name: string, address: string) => `<!doctype html><html><body>
  <h1 class="page-header"><span>${name}</span></h1>
  <div id="address">
    ${address}
  </div>
  <div id="phone"><strong>Phone:</strong> 718-555-0100</div>
  <div id="dropoff">Returns, at any time</div>
  <div class="office-hours">
    <div class="office-hours__item"><span class="office-hours__item-label">Sunday: </span><span class="office-hours__item-slots">Closed</span></div>
    <div class="office-hours__item"><span class="office-hours__item-label">Monday: </span><span class="office-hours__item-slots">10 AM-1 PM</span><span class="office-hours__item-slots">2 PM-6 PM</span></div>
  </div>
  <div><h2>About This Location</h2><p>A branch.</p><p>It says &quot;hello&quot;.</p></div>
  <section id="block-branchmap"><iframe src="https://maps.example/embed?z=15&amp;40.7681&amp;-73.9260"></iframe></section>
</body></html>`;
const card = (link: string) =>
  `<div class="locations-landing card"><section><p class="title"><a href="${link}">x</a></p></section></div>`;

describe('qpl', () => {
  it('reads the branches that the overview names', async () => {
    await using server = await serve(
      site({
        '/about-us/locations/': `<html><body>${card('/about-us/locations/astoria')}${card('/about-us/locations/anywhere')}${card('/about-us/locations/central')}<div class="locations-landing card"></div></body></html>`,
        '/about-us/locations/astoria': branch('Astoria', '14-01 Astoria Boulevard,<br> Long Island City, NY 11102'),
        '/about-us/locations/central': branch('Central Library', '89-11 Merrick Boulevard, Jamaica, NY 11432'),
      }),
    );
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_QPL: server.url } });
    const { filename, text, facts } = await fetch('qpl', stage);
    assert.equal(filename, 'qpl_libraries.csv');
    assert.equal(facts.locations, 2);
    const hours = 'Closed,10 AM-1 PM - 2 PM-6 PM,,,,,';
    const rest = `Phone:718-555-0100,"Returns, at any time",,${hours},"A branch. It says ""hello"".",40.7681,-73.9260`;
    assert.deepEqual(text.split('\n'), [
      'name,place_name,address,city,state,zip_code,phone,dropoff,mobility,sunday_hours,monday_hours,tuesday_hours,wednesday_hours,thursday_hours,friday_hours,saturday_hours,about,latitude,longitude',
      `Astoria,,14-01 Astoria Boulevard,Long Island City,NY,11102,${rest}`,
      `Central Library,,89-11 Merrick Boulevard,Jamaica,NY,11432,${rest}`,
      '',
    ]);
  });

  it('says so when the site has been rebuilt or a branch is gone', async () => {
    await using rebuilt = await serve(site({ '/about-us/locations/': '<html><body>All new</body></html>' }));
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_QPL: rebuilt.url } });
    assert.match((await failsWith('SRC_ANSWER', fetch('qpl', stage))).message, /no card of a branch/);
    await using gone = await serve(site({ '/about-us/locations/': card('/about-us/locations/astoria') }));
    await using other = await scene({ env: { LIFECYCLE_ENDPOINT_QPL: gone.url } });
    await failsWith('SRC_HTTP_STATUS', fetch('qpl', other));
    await using bare = await serve(site({ '/about-us/locations/': card('/b'), '/b': '<html><body></body></html>' }));
    await using third = await scene({ env: { LIFECYCLE_ENDPOINT_QPL: bare.url } });
    assert.match((await failsWith('SRC_ANSWER', fetch('qpl', third))).message, /\/b: nothing at `div#address`/);
    assert.deepEqual(await readdir(third.destination), []);
  });
});

describe('uscourts', () => {
  const court = `<html><body><h1 class="page-title"> Southern District of New York </h1>
    <address class="court-finder-court__address"><span>Daniel Patrick Moynihan U.S. Courthouse</span><br>500 Pearl Street<br><span>New York</span>, NY 10007</address>
    <div class="court-finder-court__court-type"><b>Court type:</b> District Court</div>
    <a class="court-finder-court__button-phone" href="tel:1">212-555-0100</a></body></html>`;
  const results = (...links: string[]) =>
    `<html><body>${links.map((link) => `<div class="court-finder-result"><a href="${link}">x</a></div>`).join('')}</body></html>`;

  it('follows the results of both searches, page after page', async () => {
    const finder = (request: string, page: number) => `/federal-court-finder/find?${request}&page=${page}`;
    const south =
      'coordinates=40.7127753,-74.0059728&country=US&county=New York&location=New York, NY, USA&state=NY&zip=10007&f[0]=usc_district_id:1303';
    const east =
      'coordinates=40.6781784,-73.9441579&country=US&county=Kings&location=Brooklyn, NY, USA&state=NY&zip=11216&f[0]=usc_district_id:1301';
    await using server = await serve(
      site({
        [finder(south, 0)]: results('/court/1'),
        [finder(south, 1)]: results('/court/2'),
        [finder(south, 2)]: results(),
        [finder(east, 0)]: results('/court/2'),
        [finder(east, 1)]: results(),
        '/court/1': court,
        '/court/2': '<html><body><h1 class="page-title">Bare</h1></body></html>',
      }),
    );
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_USCOURTS: server.url } });
    const { filename, text } = await fetch('uscourts', stage);
    assert.equal(filename, 'uscourts_nyc_courts.csv');
    assert.deepEqual(text.split('\n'), [
      'name,courttype,phone_number,place_name,address,city,state,zip_code,raw_full_address',
      'Southern District of New York,District Court,212-555-0100,Daniel Patrick Moynihan U.S. Courthouse,500 Pearl Street,New York,NY,10007,"Daniel Patrick Moynihan U.S. Courthouse 500 Pearl Street New York , NY 10007"',
      'Bare,,,,,,,,',
      'Bare,,,,,,,,',
      '',
    ]);
  });

  it('says so when a search finds nothing', async () => {
    await using server = await serve(site({ '/federal-court-finder/find': results() }));
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_USCOURTS: server.url } });
    await failsWith('SRC_ANSWER', fetch('uscourts', stage));
  });
});

describe('foodbankny', () => {
  it('takes the CSV that the page names', async () => {
    await using server = await serve(
      site({ '/': '<script>const csvUrl = "/data/map.csv";</script>', '/data/map.csv': 'Agency,Longitude\nA,-73.9\n' }),
    );
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_FOODBANKNY: server.url } });
    const fetched = await fetch('foodbankny', stage);
    assert.equal(fetched.filename, 'customsearch_agency_map_data.csv');
    assert.equal(fetched.text, 'Agency,Longitude\nA,-73.9\n');
    await using rebuilt = await serve(site({ '/': '<html></html>' }));
    await using other = await scene({ env: { LIFECYCLE_ENDPOINT_FOODBANKNY: rebuilt.url } });
    await failsWith('SRC_ANSWER', fetch('foodbankny', other));
  });
});

describe('myschools_nyc', () => {
  const first = '/en/api/v2/schools/process/5/';

  it('gathers all pages and keeps every digit', async () => {
    await using server = await serve(
      site({
        [first]: `{"count": 3, "next": "${first}?page=2", "results": [{"id": 1, "ratio": 1.0}, {"id": 12345678901234567890}]}`,
        [`${first}?page=2`]: '{"count": 3, "next": null, "results": [{"id": 3, "name": "É"}]}',
      }),
    );
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_MYSCHOOLS_NYC: server.url } });
    const { filename, text, facts } = await fetch('myschools_nyc', stage, { key: 'prek' });
    assert.equal(filename, 'myschools_nyc_prek.json');
    assert.equal(text, '[\n{"id": 1, "ratio": 1.0},\n{"id": 12345678901234567890},\n{"id": 3, "name": "É"}\n]\n');
    assert.equal(facts.rows, 3);
    await failsWith('SRC_ARGUMENTS', fetch('myschools_nyc', stage, { key: 'kindergarten' }));
  });

  it('does not go round in circles', async () => {
    await using server = await serve(site({ [first]: `{"next": "${first}", "results": [{}]}` }));
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_MYSCHOOLS_NYC: server.url } });
    assert.match((await failsWith('SRC_ANSWER', fetch('myschools_nyc', stage, { key: 'prek' }))).message, /circle/);
  });
});

describe('usps_locations', () => {
  const args = { key: '', pause_seconds: 0 };
  const session = { cookie: 'swordfish', 'X-Sensor': 'a', Host: 'elsewhere' };
  const answerFor = (body: string) => {
    const { requestZipCode } = JSON.parse(body) as { requestZipCode: string };
    const own = `{"locationID": "${requestZipCode}", "zip5": "${requestZipCode}", "latitude": 40.70}`;
    return `{"locations": [{"locationID": "shared", "zip5": "00501"}, ${own}]}`;
  };

  function stageFor(url: string, storeDir?: string): Promise<Scene> {
    return scene({
      env: {
        LIFECYCLE_ENDPOINT_USPS: url,
        USPS_LOCATIONS_SESSION_HEADERS: JSON.stringify(session),
        ...(storeDir === undefined ? {} : { LIFECYCLE_HOME: storeDir }),
      },
    });
  }

  it('asks for every ZIP code with the session, and keeps each location once', async () => {
    await using server = await serve(site({ '/locations/getLocations': answerFor }));
    await using stage = await stageFor(server.url);
    const { filename, text, facts } = await fetch('usps_locations', stage, args);
    assert.equal(filename, 'usps_locations.json');
    assert.equal(server.requests.length, 18);
    assert.equal(facts.locations, 19);
    assert.match(text, /"locationID": "10002", "zip5": "10002", "latitude": 40\.70/);
    assert.equal(server.requests[0]?.headers.cookie, 'swordfish');
    assert.equal(server.requests[0]?.headers['x-sensor'], 'a');
    assert.equal(server.requests[0]?.headers.host, new URL(server.url).host);
  });

  it('keeps what it has when it is blocked, and goes on from there', async () => {
    let blocked = true;
    await using server = await serve((_request, response, count, body) => {
      if (blocked && count > 5) response.end('<html>Access Denied</html>');
      else response.end(answerFor(body));
    });
    await using first = await stageFor(server.url);
    const error = await failsWith('SRC_CREDENTIALS', fetch('usps_locations', first, args));
    assert.match(error.message, /blocks us after 5 queries/);
    assert.equal(server.requests.length, 6, 'a block is not asked again');
    blocked = false;
    const store = first.context.settings.storeDir;
    await using second = await stageFor(server.url, store);
    assert.equal((await fetch('usps_locations', second, args)).facts.locations, 19);
    assert.equal(server.requests.length, 6 + 13);
    assert.deepEqual(await readdir(path.join(store, '.checkpoints')), []);
  });

  it('explains a missing or expired session and shows none of it', async () => {
    await using none = await scene();
    assert.match((await failsWith('SRC_CREDENTIALS', fetch('usps_locations', none, args))).hint ?? '', /getLocations/);
    await using server = await serve((_request, response) => void response.writeHead(403).end('no swordfish'));
    await using stage = await stageFor(server.url);
    const error = await failsWith('SRC_CREDENTIALS', fetch('usps_locations', stage, args));
    assert.match(error.message, /403.*expired/);
    assert.doesNotMatch(JSON.stringify([error.message, error.details, (error.cause as Error).message]), /swordfish/);
  });
});
