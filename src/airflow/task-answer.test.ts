import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestBuild, ManifestIngest } from './manifest.ts';
import { buildAnswer, ingestAnswer } from './task-answer.ts';

const assets = [
  { name: 'ingest/tables', dataset: null },
  { name: 'ingest/tables/people', dataset: 'people' },
  { name: 'ingest/tables/homes', dataset: 'homes' },
];
const made = (...ids: string[]) => ({
  template: 'tables',
  version: '2020',
  latest_before: null,
  timings: { read: 1 },
  datasets: ids.map((id) => ({ id, rows: 3, changes: { since: '2010' }, warnings: [{ code: 'X' }], crs: null })),
});

test('every asset that was made has an event, with facts that can be read at a glance', () => {
  const { label, value, events } = ingestAnswer({ assets } as ManifestIngest, made('people', 'homes'));
  const whole = { template: 'tables', version: '2020' };
  assert.deepEqual([label, value], ['2020', whole]);
  const facts = (id: string) => ({ id, rows: 3, changes: { since: '2010' }, warnings: [{ code: 'X' }] });
  const datasets = { people: facts('people'), homes: facts('homes') };
  assert.deepEqual(events, [
    { asset: 'ingest/tables', partition_key: '2020', extra: { ...whole, datasets } },
    { asset: 'ingest/tables/people', partition_key: '2020', extra: { ...whole, ...datasets.people } },
    { asset: 'ingest/tables/homes', partition_key: '2020', extra: { ...whole, ...datasets.homes } },
  ]);
});

test('a dataset that was not asked for has no event, and the one that was is what the template made', () => {
  const { events } = ingestAnswer({ assets } as ManifestIngest, made('homes'));
  assert.deepEqual(
    events.map(({ asset, extra }) => [asset, extra.id]),
    [
      ['ingest/tables', 'homes'],
      ['ingest/tables/homes', 'homes'],
    ],
  );
});

test('the event of a build names its inputs and outputs, which are no fact at a glance', () => {
  const stages = [
    { stage: 'build', state: 'done', inputs: [{ id: 'a' }], outputs: [{ path: 'b' }] },
    { stage: 'package' },
  ];
  const asset = { name: 'builds/p' };
  const { value, events } = buildAnswer({ asset } as ManifestBuild, '24v1', { product: 'p', stages, seconds: 2 });
  const facts = { stage: 'build', state: 'done', product: 'p', seconds: 2 };
  assert.deepEqual(value, facts);
  const extra = { ...facts, inputs: [{ id: 'a' }], outputs: [{ path: 'b' }] };
  assert.deepEqual(events, [{ asset: 'builds/p', partition_key: '24v1', extra }]);
});
