import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Scene, scene, serve } from './fixture.ts';

const connector = await connectorFor('arcgis_feature_server');
const ARGS = { server: 'dcp', dataset: 'Lots' };
const ROOT = '/GfwWNkhOj9bNBqoJ/ArcGIS/rest/services/Lots/FeatureServer';

type Answer = string | Buffer | { status?: number; type?: string; body: string | Buffer };

/** What a service says to each question; the usual where nothing is given. */
interface Service {
  root?: Answer;
  layer?: Answer;
  ids?: (parameters: URLSearchParams) => Answer;
  count?: Answer;
  features?: (ids: string[]) => Answer;
}

function feature(id: string, members: { id?: string; geometry?: string; properties?: string } = {}): string {
  const geometry = members.geometry === undefined ? '{"type":"Point","coordinates":[1.50,2]}' : members.geometry;
  const properties = members.properties ?? `{"OBJECTID":${id},"Name":"n${id}"}`;
  return `{"type":"Feature","id":${members.id ?? id}${geometry === '' ? '' : `,"geometry":${geometry}`},"properties":${properties}}`;
}

function collection(features: readonly string[], more = ''): string {
  return `{"type":"FeatureCollection",${more}"features":[${features.join(',')}]}`;
}

interface Stage extends Scene {
  asked: URLSearchParams[];
}

async function stageFor(service: Service): Promise<Stage> {
  const asked: URLSearchParams[] = [];
  const server = await serve((request, response, _count, body) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
    const parameters = new URLSearchParams(body || search);
    asked.push(parameters);
    const answerTo = (): Answer => {
      const isQuery = pathname.endsWith('/query');
      if (request.method !== (isQuery ? 'POST' : 'GET')) return { status: 405, body: 'not so' };
      if (pathname === ROOT) return service.root ?? '{"layers":[{"id":0,"name":"Lots"}]}';
      if (!isQuery) return service.layer ?? '{"maxRecordCount":2000,"objectIdField":"OBJECTID"}';
      if (parameters.has('returnIdsOnly')) {
        return service.ids?.(parameters) ?? '{"objectIdFieldName":"OBJECTID","objectIds":[1,2,3]}';
      }
      if (parameters.has('returnCountOnly')) return service.count ?? '{"count":3}';
      const ids = (parameters.get('objectIds') ?? '').split(',');
      return service.features?.(ids) ?? collection(ids.map((id) => feature(id)));
    };
    const answer = answerTo();
    const {
      status = 200,
      type = 'application/json',
      body: sent,
    } = typeof answer === 'string' || Buffer.isBuffer(answer) ? { body: answer } : answer;
    response.writeHead(status, { 'content-type': type }).end(sent);
  });
  const stage = await scene({ env: { LIFECYCLE_ENDPOINT_ARCGIS: server.url } });
  return {
    ...stage,
    asked,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

interface Feature {
  id: unknown;
  geometry: { type: string; coordinates: unknown } | null;
  properties: Record<string, unknown>;
}

async function fetched(service: Service, args: Record<string, unknown> = {}) {
  await using stage = await stageFor(service);
  const { path, filename } = await connector.fetch({ ...ARGS, ...args }, stage.destination, stage.context);
  const text = await readFile(path, 'utf8');
  const warnings = stage.logged.filter(({ level }) => level === 'warning').map(({ message }) => message);
  return {
    features: (JSON.parse(text) as { features: Feature[] }).features,
    text,
    filename,
    warnings,
    asked: stage.asked,
  };
}

async function refused(code: string, service: Service): Promise<string> {
  await using stage = await stageFor(service);
  return (await failsWith(code, connector.fetch(ARGS, stage.destination, stage.context))).message;
}

describe('arcgis_feature_server on services of all kinds', () => {
  it('does without a count', async () => {
    const answers: Answer[] = [
      '{"error":{"code":400,"message":"Invalid or missing input parameters.","details":[]}}',
      '{"error":{"code":500,"message":"no","details":null}}',
      { status: 400, body: 'no' },
      { status: 501, body: '' },
      '{"count":null}',
      '{"count":-1}',
      '{"objectIds":[1,2,3]}',
      collection([]),
    ];
    for (const count of answers) assert.equal((await fetched({ count })).features.length, 3, JSON.stringify(count));
    for (const count of ['{"count":"3"}', '{"type":"FeatureCollection","properties":{"count":3},"features":[]}']) {
      assert.equal((await fetched({ count })).features.length, 3);
    }
    assert.match(await refused('SRC_CHANGED', { count: '{"count":"4"}' }), /counts 4 features and lists 3/);
  });

  it('takes ids as numbers or text, of any size, in any of the two formats', async () => {
    const big = '9007199254740993';
    const lists: [string, string[]][] = [
      ['[1, 2, 3]', ['1', '2', '3']],
      ['["1","2","3"]', ['1', '2', '3']],
      ['[1.0, 2.0, 3]', ['1', '2', '3']],
      ['[2147483648, 4294967297, 9007199254740991]', ['2147483648', '4294967297', '9007199254740991']],
      [`[${big}, 9007199254740992, 0]`, [big, '9007199254740992', '0']],
      ['[-1, 0, 7]', ['-1', '0', '7']],
    ];
    for (const [list, expected] of lists) {
      const { text, asked } = await fetched({ ids: () => `{"objectIdFieldName":"OBJECTID","objectIds":${list}}` });
      assert.deepEqual(
        [...text.matchAll(/"objectid": (-?\d+)/g)].map((match) => match[1]),
        expected,
        list,
      );
      assert.ok(asked.some((parameters) => parameters.get('objectIds') === expected.join(',')));
    }
    const geojson =
      '{"type":"FeatureCollection","properties":{"objectIdFieldName":"OBJECTID","objectIds":[1,2,3]},"features":[]}';
    assert.equal((await fetched({ ids: () => geojson })).features.length, 3);
    const only = (parameters: URLSearchParams) =>
      parameters.get('f') === 'geojson' ? geojson : '{"error":{"code":400,"message":"Invalid format"}}';
    assert.equal((await fetched({ ids: only })).features.length, 3);
    assert.deepEqual((await fetched({ ids: () => '{"objectIds":null}', count: '{"count":0}' })).features, []);
    assert.match(await refused('SRC_ANSWER', { ids: () => '{"objectIds":["a","b","c"]}' }), /"a" is no object id/);
    await refused('SRC_ANSWER', { ids: () => '{"objectIds":[1,2,2]}' });
  });

  it('knows a feature by its object id, whatever its own id is', async () => {
    const own: ((id: string) => string)[] = [
      (id) => feature(id, { id: `"${id}"` }),
      (id) => feature(id, { id: `"lot-${id}"` }),
      (id) => feature(id, { id: String(Number(id) + 1000) }),
      (id) => feature(id, { id: 'null' }),
      (id) => feature(id, { properties: `{"objectid":"${id}"}`, id: '"x"' }),
      (id) => feature(id, { properties: '{"Name":"a"}' }),
      (id) => feature(id, { properties: 'null', id: `"${id}"` }),
      (id) => feature(id, { properties: `{"OBJECTID":77,"Name":"joined"}` }),
    ];
    for (const write of own) {
      const { features } = await fetched({ features: (ids) => collection(ids.map(write)) });
      assert.deepEqual(
        features.map(({ id }) => id),
        ['1', '2', '3'].map((id) => (JSON.parse(write(id)) as Feature).id),
      );
    }
    const named = {
      ids: () => '{"objectIdFieldName":"FID","objectIds":[1,2,3]}',
      features: (ids: string[]) =>
        collection(ids.map((id) => feature(id, { id: '"x"', properties: `{"FID":${id},"OBJECTID":9}` }))),
    };
    assert.equal((await fetched(named)).features.length, 3);
    const none = {
      features: (ids: string[]) => collection(ids.map((id) => feature(id, { id: '"x"', properties: '{}' }))),
    };
    assert.match(await refused('SRC_ANSWER', none), /no object id/);
  });

  it('takes coordinates that are no numbers for no geometry, and tells of those that are lost', async () => {
    const second = (geometry: string): Service => ({
      features: (ids) => collection(ids.map((id) => feature(id, id === '2' ? { geometry } : {}))),
    });
    for (const coordinates of ['["NaN","NaN"]', '[NaN,NaN]', '[null,null]', '["Infinity","-Infinity"]', 'null']) {
      const { features, warnings, text } = await fetched(second(`{"type":"Point","coordinates":${coordinates}}`));
      assert.deepEqual(
        features.map(({ geometry }) => geometry === null),
        [false, true, false],
        coordinates,
      );
      assert.match(text, /\[1\.50,2\]/);
      assert.deepEqual(warnings, []);
    }
    for (const geometry of ['{}', 'null', '']) {
      assert.equal((await fetched(second(geometry))).features[1]?.geometry, null);
    }
    const lost = await fetched(second('{"type":"LineString","coordinates":[[0,0],["NaN","NaN"],[1,1]]}'));
    assert.equal(lost.features[1]?.geometry, null);
    assert.match(lost.warnings.join(), /1 features have coordinates that are no numbers .*\(2\)/);
    const high = await fetched(second('{"type":"Point","coordinates":[1,2,"NaN"]}'));
    assert.deepEqual(high.features[1]?.geometry?.coordinates, [1, 2]);
  });

  it('reads answers in other encodings, and says what it guesses', async () => {
    const text = collection([feature('1', { properties: '{"OBJECTID":1,"Name":"Café Peña"}' })]);
    const one: Service = { ids: () => '{"objectIds":[1]}', count: '{"count":1}' };
    const latin = Buffer.from(text, 'latin1');
    const answers: [Answer, boolean][] = [
      [{ type: 'text/plain', body: text }, false],
      [{ type: 'application/json;charset=ISO-8859-1', body: latin }, false],
      [{ type: 'text/plain; charset=windows-1252', body: latin }, false],
      [{ body: latin }, true],
      [{ type: 'application/json; charset=utf-8', body: latin }, true],
      [Buffer.from(`\ufeff${text}`, 'utf16le'), false],
      [Buffer.from(text, 'utf16le'), false],
      [`\ufeff${text}`, false],
    ];
    for (const [answer, isGuess] of answers) {
      const { features, warnings } = await fetched({ ...one, features: () => answer });
      assert.equal(features[0]?.properties.name, 'Café Peña');
      assert.equal(
        warnings.some((message) => message.includes('not UTF-8')),
        isGuess,
      );
    }
  });

  it('goes on where the list of ids itself is cut', async () => {
    const all = Array.from({ length: 25 }, (_, i) => i + 1);
    for (const told of ['"exceededTransferLimit":true,', '']) {
      const { features, asked } = await fetched({
        count: told === '' ? '{"count":25}' : '{"error":{"code":400,"message":"no"}}',
        ids: (parameters) => {
          const above = Number(/^OBJECTID > (\d+)$/.exec(parameters.get('where') ?? '')?.[1] ?? 0);
          const rest = all.filter((id) => id > above);
          const flag = rest.length > 10 ? told : '';
          return `{${flag}"objectIdFieldName":"OBJECTID","objectIds":[${rest.slice(0, 10).join(',')}]}`;
        },
      });
      assert.equal(features.length, 25);
      assert.equal(asked.filter((parameters) => parameters.has('returnIdsOnly')).length, 3);
    }
    const stubborn = { ids: () => '{"exceededTransferLimit":true,"objectIdFieldName":"OBJECTID","objectIds":[1,2,3]}' };
    assert.equal((await fetched(stubborn)).features.length, 3);
    await refused('SRC_CHANGED', { ...stubborn, count: '{"count":9}' });
    assert.match(await refused('SRC_ANSWER', { ...stubborn, count: '{}' }), /a part of its object ids/);
  });

  it('asks again for what an answer leaves out, with or without a word about the limit', async () => {
    for (const flag of [
      '"exceededTransferLimit":true,',
      '"properties":{"exceededTransferLimit":true},',
      '"exceededTransferLimit":false,',
      '',
    ]) {
      const { features } = await fetched({
        features: (ids) =>
          collection(
            ids.slice(0, 2).map((id) => feature(id)),
            flag,
          ),
      });
      assert.deepEqual(
        features.map(({ id }) => id),
        [1, 2, 3],
      );
    }
    assert.match(
      await refused('SRC_CHANGED', { features: () => '{"type":"FeatureCollection","features":null}' }),
      /is gone/,
    );
  });

  it('asks for pages of the usual size where the service names none', async () => {
    for (const limit of ['0', 'null', '-1', '"2000"', '"many"', '1e3', '2000.5']) {
      const { asked } = await fetched({
        layer: `{"maxRecordCount":${limit},"objectIdField":null,"supportedQueryFormats":null,"editingInfo":null}`,
      });
      assert.equal(asked.filter((parameters) => parameters.has('objectIds')).length, 1, limit);
    }
  });

  it('knows errors in each of their forms, with status 200', async () => {
    for (const [body, expected] of [
      ['{"error":{"code":400,"message":"no","details":["a","b"]}}', /error 400: no a b/],
      ['{"error":{"code":"498","message":"Invalid token."}}', /error 498: Invalid token/],
      ['{"error":{"message":["x","y"],"details":"z"}}', /error 0: x y z/],
      ['{"error":"gone"}', /error 0: gone/],
      ['{"error":{}}', /error 0: without a reason/],
      ['{"error":true,"message":"off"}', /off/],
      ['{"status":"error","messages":["Service not started"],"code":404}', /error 404: Service not started/],
      ['{"success":false,"error":{"code":403,"message":"closed"}}', /error 403: closed/],
      ['\n {"success":false,"message":"closed"}', /closed/],
    ] as const) {
      assert.match(await refused('SRC_ANSWER', { features: () => body }), expected, body);
      assert.match(await refused('SRC_ANSWER', { root: body }), expected, body);
    }
    assert.equal(
      (
        await fetched({
          features: (ids) =>
            collection(
              ids.map((id) => feature(id)),
              '"error":null,',
            ),
        })
      ).features.length,
      3,
    );
  });

  it('reads tables and layers without geometry', async () => {
    const features = (ids: string[]) => collection(ids.map((id) => feature(id, { geometry: 'null' })));
    const root = '{"layers":[{"id":0,"name":"Lots"}],"tables":[{"id":"1","name":"Owners"}]}';
    assert.equal((await fetched({ root, features }, { layer_name: 'Owners' })).filename, 'Owners.geojson');
    assert.equal((await fetched({ root, features }, { layer_id: 1 })).filename, 'Owners.geojson');
    assert.equal((await fetched({ root })).filename, 'Lots.geojson');
    assert.equal(
      (await fetched({ root: '{"layers":null,"tables":[{"id":0,"name":"Owners"}]}', features })).filename,
      'Owners.geojson',
    );
    const bare = (ids: string[]) => collection(ids.map((id) => feature(id, { geometry: '' })));
    assert.deepEqual(
      (await fetched({ features: bare })).features.map(({ geometry }) => geometry),
      [null, null, null],
    );
    await refused('SRC_NOT_FOUND', { root: '{}' });
  });

  it('tells a version of before 1970, and passes on dates and codes as they are', async () => {
    for (const [info, expected] of [
      ['{"dataLastEditDate":-86400000}', '19691230'],
      ['{"dataLastEditDate":0}', '19691231'],
      ['{"dataLastEditDate":"1710127800000"}', '20240310'],
      ['{"dataLastEditDate":null,"lastEditDate":1710127800000}', '20240310'],
    ]) {
      await using stage = await stageFor({ layer: `{"editingInfo":${info}}` });
      assert.equal(await connector.latestVersion?.(ARGS, stage.context), expected);
    }
    const properties = '{"OBJECTID":1,"Built":-2208988800000,"Use":"03","Kind":3}';
    const { text } = await fetched({
      ids: () => '{"objectIds":[1]}',
      count: '{"count":1}',
      features: () => collection([feature('1', { properties })]),
    });
    assert.match(text, /"built": -2208988800000, "use": "03", "kind": 3/);
  });
});
