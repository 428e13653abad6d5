import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../../../../test/second-part.ts';
import { PIECE_BYTES } from '../../../store/files.ts';
import { cutFeatures, type Envelope } from './cut.ts';

/** Documents cut into lines: what JSON.parse says of each line is what it says of the feature in the document. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-cut-'));
after(() => rmSync(dir, { recursive: true }));

const BROKEN = { code: 'ING_BAD_FILE' };

async function cut(text: string | Buffer, trustLines = false): Promise<Envelope & { lines: string[] }> {
  const [file, target] = [path.join(dir, 'document.geojson'), path.join(dir, 'features.ndjson')];
  writeFileSync(file, text);
  const envelope = await cutFeatures(file, target, trustLines);
  const written = readFileSync(target, 'utf8');
  const lines = written === '' ? [] : written.replace(/\n$/, '').split('\n');
  return { ...envelope, lines };
}

/** Cuts a document and compares every line with the feature, and the envelope with what is around them. */
async function isCutRightly(text: string): Promise<void> {
  const { features, ...around } = JSON.parse(text) as { features: unknown[] };
  const { lines, document, features: count, longest } = await cut(text);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    features,
  );
  assert.deepEqual(document, { ...around, features: [] });
  assert.equal(count, features.length);
  for (const line of lines) assert.ok(Buffer.byteLength(line) < longest, `${longest} bytes is not the longest`);
  await isCutRightlyByLines(text, features, around);
}

/** Where lines are taken for features, the result is the same, or a line of it is no JSON and gives the mistake away. */
async function isCutRightlyByLines(text: string, features: unknown[], around: object): Promise<void> {
  const found = await cut(text, true);
  const parsed = found.lines.filter((line) => line.trim() !== '').map(parsedOrNot);
  if (parsed.includes(undefined)) return;
  assert.deepEqual(parsed, features);
  assert.deepEqual(found.document, { ...around, features: [] });
  assert.equal(found.features, features.length);
}

function parsedOrNot(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const TRICKY = [
  { type: 'Feature', properties: {}, geometry: null },
  { type: 'Feature', properties: { a: '}', b: '{"', c: ']', d: '\\', e: '\\"', f: '"', g: '\\\\"}' }, geometry: null },
  { type: 'Feature', properties: { features: [{ features: [] }], o: { o: { o: [[], [{}]] } } }, geometry: null },
  { type: 'Feature', properties: { '"': 'é🗽\u2028', 'a\n{': 'line\nfeed\r\ttab' }, geometry: null },
  { id: 1, geometry: { type: 'Point', coordinates: [-1.5e-7, 2] }, properties: null, type: 'Feature' },
];

test('features come out one a line, however the document is laid out', async () => {
  const collection = { type: 'FeatureCollection', features: TRICKY };
  for (const indent of [undefined, 2, '\t']) {
    const text = JSON.stringify(collection, undefined, indent);
    await isCutRightly(text);
    await isCutRightly(text.replaceAll('\n', '\r\n'));
  }
  const lines = TRICKY.map((feature) => JSON.stringify(feature));
  for (const between of [',\n', '\n,', ' ,\r\n ', ',', ',\r'])
    await isCutRightly(`{"type":"FeatureCollection","features":[\n${lines.join(between)}\n]\n}\n`);
});

test('members stand before the features, behind them and in any order', async () => {
  const features = JSON.stringify(TRICKY);
  await isCutRightly(`{"features":${features},"type":"FeatureCollection"}`);
  await isCutRightly(
    `{ "bbox" : [1,2,3,4], "features" : ${features} , "crs" : {"properties":{"name":"x"}}, "type":"y" }`,
  );
  await isCutRightly(`{"name":"features","list":["features",{"features":[1]}],"type":"x","features":${features}}`);
  await isCutRightly(
    `{"a":{"features":[{"b":1}]},"c":"\\"features","type":"x","features":${features},"z":[[{"features":[2]}]]}`,
  );
});

test('what is no object in place of a feature is a line too', async () => {
  const [feature] = TRICKY;
  for (const features of [
    [null],
    [null, feature, null],
    [1, 'a,"]', feature, true, [1, [2]], 'x'],
    ['', ''],
    [feature, -1.5],
  ])
    for (const indent of [undefined, 2])
      await isCutRightly(JSON.stringify({ type: 'FeatureCollection', features }, undefined, indent));
});

test('a collection of nothing', async () => {
  for (const list of ['[]', '[ ]', '[\n]']) await isCutRightly(`{"type":"FeatureCollection","features":${list}}`);
});

test('a byte order mark is no part of the document', async () => {
  const text = JSON.stringify({ type: 'FeatureCollection', features: TRICKY });
  const { lines, document } = await cut(`\uFEFF${text}`);
  assert.equal(lines.length, TRICKY.length);
  assert.equal(document.type, 'FeatureCollection');
});

test('a single feature and a bare geometry are documents without features', async () => {
  const geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ],
  };
  for (const document of [geometry, { type: 'Feature', properties: { features: 'none' }, geometry }]) {
    const found = await cut(JSON.stringify(document, undefined, 1));
    assert.deepEqual(found.document, document);
    assert.deepEqual([found.features, found.lines], [0, []]);
  }
});

test('features that are no list are left for the reader to refuse', async () => {
  for (const features of ['null', '7', '"x"', '{"a":[1]}']) {
    const { document, lines } = await cut(`{"type":"FeatureCollection","features":${features}}`);
    assert.deepEqual(document.features, JSON.parse(features));
    assert.deepEqual(lines, []);
  }
});

test('a document that breaks off is refused, wherever it does', async (t) => {
  leavesOut(t, 'every byte at which it does');
  const text = JSON.stringify({ type: 'FeatureCollection', features: TRICKY.slice(0, 3), name: 'x' });
  for (let length = 1; length < text.length; length += BOTH_PARTS ? 1 : 4) {
    await assert.rejects(
      cut(text.slice(0, length)),
      { ...BROKEN, message: /breaks off|no JSON/ },
      text.slice(0, length),
    );
  }
});

test('what is no JSON document is refused for what it is', async () => {
  const refused = (text: string | Buffer, message: RegExp) => assert.rejects(cut(text), { ...BROKEN, message });
  await refused('', /the file is empty/);
  await refused(' \n\t', /the file is empty/);
  await refused('<html><body>Please log in</body></html>', /no JSON/);
  await refused('[]', /no object/);
  await refused('null', /no object/);
  await refused('"features"', /no object/);
  const whole = JSON.stringify({ type: 'FeatureCollection', features: TRICKY });
  for (const rest of ['}', 'x', ']', whole, '<!-- served in 7 ms -->'])
    await refused(whole + rest, /no JSON|breaks off/);
  await refused(`{"type":"FeatureCollection","features":[{}]]}`, /no JSON|breaks off/);
});

test('a document of members that are no features does not fill the memory', async () => {
  const noise = Buffer.alloc(17 * 1024 * 1024, 0x20);
  await assert.rejects(cut(Buffer.concat([Buffer.from('{"a":"'), noise, Buffer.from('"}')])), {
    ...BROKEN,
    message: /bytes stand outside `features`/,
  });
});

test('wherever the file is read in pieces, no feature notices', async () => {
  // Behind one that fills a piece, and shifted by one byte at a time: every byte of them comes to lie at the piece's end.
  const feature = '{"a":"\\\\\\"}{[é","b":[{"c":[ ]},\r\n2]}';
  const parsed: unknown = JSON.parse(feature);
  const bytes = Buffer.byteLength(feature) + 1;
  const filling = `{"p":"${'x'.repeat(PIECE_BYTES - 5 * bytes)}"}`;
  const list = `${filling}${`,${feature}`.repeat(9)}`;
  for (let shift = 0; shift < bytes; shift++) {
    const { lines, features, document } = await cut(`${' '.repeat(shift)}{"features":[${list}],"name":"x"}`);
    assert.equal(features, 10);
    assert.deepEqual(document, { features: [], name: 'x' });
    assert.ok(lines[0]! === filling, 'the feature that fills a piece has changed');
    for (const line of lines.slice(1)) assert.deepEqual(JSON.parse(line), parsed);
  }
});

test('a feature larger than several pieces', async () => {
  const long = 'x{"]'.repeat(1.1 * PIECE_BYTES);
  await isCutRightly(JSON.stringify({ type: 'FeatureCollection', features: [{ long }, { short: '' }] }));
});
