import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Handler, type Scene, scene, serve } from './fixture.ts';

const connector = await connectorFor('arcgis_feature_server');
const SERVICE = '/GfwWNkhOj9bNBqoJ/ArcGIS/rest/services/LiMWA/FeatureServer';
const ARGS = { server: 'dcp', dataset: 'LiMWA', layer_name: 'LiMWA', crs: 'EPSG:2263' };

/** A feature as ArcGIS writes it: numbers keep the digits that they are written with. */
function feature(id: number): string {
  return `{"type":"Feature","id":${id},"geometry":{"type":"Point","coordinates":[${id}.0,40.5]},"properties":{"OBJECTID":${id},"Shape__Area":1.0,"Big":12345678901234567890,"NAME":"ü ${id}"}}`;
}

interface Layer {
  ids?: number[];
  count?: number;
  maxRecordCount?: number;
  /** Features in one answer at most, whatever was asked for. */
  limit?: number;
  /** The features of one answer, to be tampered with. */
  tamper?: (features: string[], query: number) => string[];
  /** The whole answer to the n-th query for features. */
  answer?: (query: number) => string | undefined;
  /** The last edit, by how often the layer has been asked. */
  edited?: (asked: number) => number | undefined;
  layers?: { id: number; name: string }[];
}

/** Answers as an ArcGIS feature service does. */
function service(layer: Layer): Handler {
  const ids = layer.ids ?? [1, 2, 3];
  let queries = 0;
  let asked = 0;
  return (request, response, _count, body) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const parameters = new URLSearchParams(body || url.search);
    const answer = (value: unknown) => response.end(typeof value === 'string' ? value : JSON.stringify(value));
    if (url.pathname === SERVICE) return answer({ layers: layer.layers ?? [{ id: 0, name: 'LiMWA' }] });
    if (url.pathname === `${SERVICE}/0`) {
      const dataLastEditDate = layer.edited ? layer.edited(++asked) : Date.UTC(2024, 2, 11, 3, 30);
      return answer({
        objectIdField: 'OBJECTID',
        maxRecordCount: layer.maxRecordCount ?? 2000,
        supportedQueryFormats: 'JSON, geoJSON, PBF',
        ...(dataLastEditDate === undefined ? {} : { editingInfo: { dataLastEditDate } }),
      });
    }
    if (url.pathname !== `${SERVICE}/0/query`) {
      return answer({ error: { code: 400, message: 'Invalid URL', details: ['Invalid URL'] } });
    }
    if (parameters.get('returnIdsOnly') === 'true') return answer({ objectIdFieldName: 'OBJECTID', objectIds: ids });
    if (parameters.get('returnCountOnly') === 'true') return answer({ count: layer.count ?? ids.length });
    queries++;
    const whole = layer.answer?.(queries);
    if (whole !== undefined) return answer(whole);
    const wanted = (parameters.get('objectIds') ?? '').split(',').map(Number);
    const found = wanted.filter((id) => ids.includes(id)).slice(0, layer.limit ?? 2000);
    const features = (layer.tamper ?? ((all) => all))(found.map(feature), queries);
    const exceeded = found.length < wanted.length ? '"properties":{"exceededTransferLimit":true},' : '';
    return answer(`{"type":"FeatureCollection",${exceeded}"features":[${features.join(',')}]}`);
  };
}

async function stageFor(handler: Handler): Promise<Scene & { requests: { body: string }[] }> {
  const server = await serve(handler);
  const stage = await scene({ env: { LIFECYCLE_ENDPOINT_ARCGIS: server.url } });
  return {
    ...stage,
    requests: server.requests,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

function fetch(stage: Scene, args: Record<string, unknown> = {}) {
  return connector.fetch({ ...ARGS, ...args }, stage.destination, stage.context);
}

const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

interface Collection {
  crs: number;
  features: { id: number; properties: Record<string, unknown> }[];
}

describe('arcgis_feature_server', () => {
  it('writes a layer as the department does: lower-case names, `crs` as a number, every digit kept', async () => {
    await using stage = await stageFor(service({}));
    const { path, filename, facts } = await fetch(stage);
    assert.equal(filename, 'LiMWA.geojson');
    const text = await readFile(path, 'utf8');
    const collection = JSON.parse(text) as Collection;
    assert.equal(collection.crs, 2263);
    assert.deepEqual(Object.keys(collection.features[0]?.properties ?? {}), ['objectid', 'shape__area', 'big', 'name']);
    assert.match(text, /"shape__area": 1\.0, "big": 12345678901234567890, "name": "ü 1"/);
    assert.match(text, /"coordinates":\[1\.0,40\.5\]/);
    assert.equal(facts.features, 3);
    assert.equal(facts.last_edit, '2024-03-11T03:30:00.000Z');
    assert.match(stage.requests.find(({ body }) => body.includes('geojson'))?.body ?? '', /outSR=2263/);
  });

  it('takes the New York day of the last edit as version, and says so when there is none', async () => {
    await using stage = await stageFor(service({}));
    assert.equal(await connector.latestVersion?.(ARGS, stage.context), '20240310');
    await using silent = await stageFor(service({ edited: () => undefined }));
    await failsWith('SRC_ANSWER', connector.latestVersion?.(ARGS, silent.context) ?? Promise.resolve());
  });

  it('finds the layer by name, by id, by both, or as the only one', async () => {
    const layers = [
      { id: 0, name: 'LiMWA' },
      { id: 3, name: 'Other' },
    ];
    await using stage = await stageFor(service({ layers }));
    for (const choice of [{}, { layer_name: undefined, layer_id: 0 }, { layer_id: 0 }]) {
      assert.equal((await fetch(stage, choice)).facts.layer_id, 0);
    }
    const missing = await failsWith('SRC_NOT_FOUND', fetch(stage, { layer_name: 'Limwa' }));
    assert.match(missing.hint ?? '', /LiMWA \(0\), Other \(3\)/);
    await failsWith('SRC_NOT_FOUND', fetch(stage, { layer_id: 3 }));
    await failsWith('SRC_ARGUMENTS', fetch(stage, { layer_name: undefined }));
    await using single = await stageFor(service({}));
    assert.equal((await fetch(single, { layer_name: undefined })).filename, 'LiMWA.geojson');
  });

  it('reads page after page, in the order of the ids', async () => {
    const ids = range(95).toReversed();
    await using stage = await stageFor(service({ ids, maxRecordCount: 10 }));
    const { path } = await fetch(stage);
    const collection = JSON.parse(await readFile(path, 'utf8')) as Collection;
    assert.deepEqual(
      collection.features.map(({ id }) => id),
      ids,
    );
    assert.equal(stage.requests.filter(({ body }) => body.includes('geojson')).length, 10);
  });

  it('fault 28: a transfer limit below the page size costs requests, not features', async () => {
    await using stage = await stageFor(service({ ids: range(40), limit: 7 }));
    const { path } = await fetch(stage);
    const collection = JSON.parse(await readFile(path, 'utf8')) as Collection;
    assert.deepEqual(
      collection.features.map(({ id }) => id),
      range(40),
    );
  });

  it('fault 28: shuffled answers come out in order; duplicates, strangers and gaps are refused', async () => {
    await using shuffled = await stageFor(service({ ids: range(9), tamper: (features) => features.toReversed() }));
    const { path } = await fetch(shuffled);
    assert.deepEqual(
      (JSON.parse(await readFile(path, 'utf8')) as Collection).features.map(({ id }) => id),
      range(9),
    );
    await using twice = await stageFor(service({ tamper: (features) => [...features, features[0] ?? ''] }));
    assert.match((await failsWith('SRC_ANSWER', fetch(twice))).message, /feature 1 twice/);
    await using strange = await stageFor(service({ tamper: () => [feature(99)] }));
    assert.match((await failsWith('SRC_ANSWER', fetch(strange))).message, /feature 99/);
    await using gap = await stageFor(
      service({ tamper: (features) => features.filter((text) => !text.includes('"id":2,')) }),
    );
    assert.match((await failsWith('SRC_CHANGED', fetch(gap))).message, /feature 2 was listed and is gone/);
    assert.deepEqual(await readdir(gap.destination), []);
    await using miscounted = await stageFor(service({ count: 5 }));
    assert.match((await failsWith('SRC_CHANGED', fetch(miscounted))).message, /counts 5 features and lists 3/);
    await using doubled = await stageFor(service({ ids: [1, 2, 2] }));
    await failsWith('SRC_ANSWER', fetch(doubled));
  });

  it('fault 27: an edit while reading means reading again; a second one is an error', async () => {
    await using once = await stageFor(service({ edited: (asked) => (asked === 1 ? 1000 : 2000) }));
    assert.equal((await fetch(once)).facts.last_edit, '1970-01-01T00:00:02.000Z');
    await using always = await stageFor(service({ edited: (asked) => asked * 1000 }));
    assert.match((await failsWith('SRC_CHANGED', fetch(always))).message, /edited while it was read/);
  });

  it('fault 20: an error with status 200 is an error; a passing one is tried again', async () => {
    const error = (code: number) =>
      JSON.stringify({ error: { code, message: 'Unable to perform query', details: [] } });
    await using passing = await stageFor(service({ answer: (query) => (query === 1 ? error(504) : undefined) }));
    assert.equal((await fetch(passing)).facts.features, 3);
    await using lasting = await stageFor(service({ answer: () => error(400) }));
    assert.match((await failsWith('SRC_ANSWER', fetch(lasting))).message, /error 400: Unable to perform query/);
    await using html = await stageFor(service({ answer: () => '<html>busy</html>' }));
    await failsWith('SRC_ANSWER', fetch(html));
    await using broken = await stageFor(service({ answer: () => '{"type":"FeatureCollection","features":[{' }));
    await failsWith('SRC_ANSWER', fetch(broken));
  });

  it('an empty layer is an empty collection', async () => {
    await using stage = await stageFor(service({ ids: [] }));
    const collection = JSON.parse(await readFile((await fetch(stage)).path, 'utf8')) as Collection;
    assert.deepEqual(collection.features, []);
  });

  it('refuses wrong arguments', async () => {
    await using stage = await scene();
    for (const wrong of [{ server: 'nowhere' }, { server: undefined }, { crs: 'WGS84' }, { layer_id: 'x' }]) {
      await failsWith('SRC_ARGUMENTS', fetch(stage, wrong));
    }
  });
});
