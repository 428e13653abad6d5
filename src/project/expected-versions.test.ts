import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedVersions } from './expected-versions.ts';
import { readTemplate } from './template.ts';

const template = (versions: string) => `id: parks
versions: ${versions}
attributes: {name: Parks}
ingestion:
  source: {type: local_file, path: data/parks.csv}
  file_format: {type: csv}
`;

const read = async (versions: string) => readTemplate('/project/ingest_templates/parks.yml', template(versions));

async function expected(versions: string, now: string): Promise<readonly string[] | undefined> {
  const { definition, findings } = await read(versions);
  assert.deepEqual(findings, []);
  return expectedVersions(definition!.versions, new Date(now));
}

async function finding(versions: string): Promise<string> {
  const { definition, findings } = await read(versions);
  assert.equal(definition, undefined, versions);
  assert.equal(findings.length, 1, versions);
  const [{ message, place }] = findings as [(typeof findings)[0]];
  return `${place!.line}:${place!.column} ${message.replace(/^versions[^ ]*: /, '')}`;
}

test('a template without the key expects nothing', async () => {
  const text = template('x').replace('versions: x\n', '');
  const { definition, findings } = await readTemplate('/project/ingest_templates/parks.yml', text);
  assert.deepEqual([definition?.versions, findings], [null, []]);
  assert.equal(expectedVersions(null, new Date()), undefined);
});

test('listed versions are expected as they are written', async () => {
  assert.deepEqual(await expected('{expected: [16a, 2024, 2024-01-31]}', '2020-01-01'), ['16a', '2024', '2024-01-31']);
});

test('a period is expected from the day on which it begins in New York', async () => {
  const monthly = '{cadence: monthly, from: 2023-11}';
  // Five hours behind in winter, four in summer.
  assert.deepEqual(await expected(monthly, '2024-01-01T04:59:59Z'), ['2023-11', '2023-12']);
  assert.deepEqual(await expected(monthly, '2024-01-01T05:00:00Z'), ['2023-11', '2023-12', '2024-01']);
  const quarterly = '{cadence: quarterly, pattern: "%Yq%q", from: 2024q1}';
  assert.deepEqual(await expected(quarterly, '2024-07-01T03:59:59Z'), ['2024q1', '2024q2']);
  assert.deepEqual(await expected(quarterly, '2024-07-01T04:00:00Z'), ['2024q1', '2024q2', '2024q3']);
  assert.deepEqual(await expected('{cadence: yearly, from: 2023}', '2024-12-31T23:00:00Z'), ['2023', '2024']);
  assert.deepEqual(await expected('{cadence: yearly, from: 2030}', '2024-12-31T23:00:00Z'), []);
});

test('the first version may be told by a day in its period', async () => {
  assert.deepEqual(await expected('{cadence: quarterly, pattern: "%yv%q", from: 2023-11-20}', '2024-02-01'), [
    ...['23v4', '24v1'],
  ]);
});

test('the last day of February counts in a leap year alone, and a day that there is not is refused', async () => {
  const yearly = (from: string) => `{cadence: monthly, pattern: "%Y%m", from: "${from}"}`;
  assert.deepEqual(await expected(yearly('2024-02-29'), '2024-03-31'), ['202402', '202403']);
  for (const day of ['2023-02-29', '2024-02-30', '2024-04-31', '2024-00-10', '2024-13-01', '2024-01-00']) {
    assert.match(await finding(yearly(day)), /^2:53 .*is no monthly version as "%Y%m" writes it, nor a day$/, day);
  }
});

test('a thousand quarters are expected in order, up to the one that has begun', async () => {
  const all = (await expected('{cadence: quarterly, from: 1900Q1}', '2149-12-31T12:00:00Z'))!;
  assert.deepEqual([all.length, all[0], all[1], all.at(-1)], [1000, '1900Q1', '1900Q2', '2149Q4']);
});

test('what only the source knows is not expected before it is asked', async () => {
  assert.equal(await expected('{from_source: true}', '2024-01-01'), undefined);
});

test('what is wrong is found at its place', async () => {
  assert.match(await finding('{}'), /^2:11 .*says nothing/);
  assert.match(await finding('{expected: [a/b]}'), /^2:23 "a\/b" is no version/);
  assert.match(await finding('{expected: [a, a]}'), /^2:22 a stands twice/);
  assert.match(await finding('{expected: [a], from_source: true}'), /^2:40 give either/);
  assert.match(await finding('{cadence: weekly, from: 2024}'), /^2:21 expected monthly, quarterly, yearly/);
  assert.match(await finding('{cadence: monthly}'), /^2:21 it needs `from`/);
  assert.match(await finding('{cadence: monthly, pattern: "%Y", from: 2024}'), /^2:39 .*no month/);
  assert.match(await finding('{cadence: monthly, from: 2024}'), /^2:36 "2024" is no monthly version/);
  assert.match(await finding('{cadence: yearly, pattern: "%y", from: 1999-01-01}'), /^2:50 .*is no yearly version/);
  assert.match(await finding('{cadence: yearly, pattern: "/%Y", from: 2024-01-01}'), /is no yearly version/);
  assert.match(await finding('{expected: [a], pattern: "%Y"}'), /^2:36 `pattern` goes with `cadence` only/);
  assert.match(await finding('{from_source: false}'), /^2:25 expected true/);
  assert.match(await finding('{expect: [a]}'), /there is no field `expect` here/);
});
