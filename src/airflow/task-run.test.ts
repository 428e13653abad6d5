import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { buildForm, ingestForm } from './form.ts';
import type { ManifestIngest } from './manifest.ts';
import { shownCommand, type TaskRun, wordsOf, workOf } from './task-run.ts';

const entry = { id: 'parks', needs_version: true } as ManifestIngest;
const run = (facts: Partial<TaskRun>): TaskRun => {
  return { entry, task: 'ingest', params: {}, key: null, is_mapped: false, ...facts };
};

function refusal(facts: Partial<TaskRun>): [string, string] {
  try {
    workOf(run(facts));
  } catch (error) {
    if (error instanceof LifecycleError) return [error.code, error.message];
  }
  return assert.fail('it was taken');
}

test('the version of a run is its key, else the one of the form; several are handed out, each once', () => {
  assert.deepEqual(workOf(run({ key: '2024a' })), { version: '2024a' });
  assert.deepEqual(workOf(run({ key: '2024a', params: { versions: [] } })), { version: '2024a' });
  assert.deepEqual(workOf(run({ params: { versions: ['2024b'] } })), { version: '2024b' });
  const versions = ['2024a', '2024b', '2024a'];
  assert.deepEqual(workOf(run({ params: { versions } })), { several: ['2024a', '2024b'] });
  assert.deepEqual(workOf(run({ params: { versions }, key: '2024b', is_mapped: true })), { version: '2024b' });
  assert.deepEqual(workOf(run({ entry: { ...entry, needs_version: false } })), { version: null });
});

test('what the timetable has not seen is refused: a key beside versions, none, and what is no version', () => {
  assert.match(
    refusal({ key: '2024a', params: { versions: ['2024b'] } }).join(' '),
    /LIF_USAGE .*only one can be meant/,
  );
  assert.match(refusal({}).join(' '), /LIF_USAGE parks needs a version/);
  assert.match(refusal({ params: { versions: ['2024a', '../up'] } }).join(' '), /LIF_BAD_VERSION "..\/up"/);
});

test('the values of a form become words and variables', () => {
  const form = ingestForm({ source_tells_version: false, modes: ['append'], datasets: ['a', 'b'] });
  const empty = Object.fromEntries(form.map(({ name, value }) => [name, value]));
  assert.deepEqual(wordsOf(form, empty), { words: [], variables: {} });
  const filled = { ...empty, versions: ['1'], datasets: ['a', 'b'], mode: 'append', latest: false, output_csv: true };
  assert.deepEqual(wordsOf(form, filled).words, [
    ...['--dataset', 'a', '--dataset', 'b', '--mode', 'append', '--no-latest', '--csv'],
  ]);
  const build = buildForm({ variables: ['RELEASE'], inputs: [{ id: 'a', version: null, known: [] }] });
  assert.deepEqual(wordsOf(build, { RELEASE: 'b c', 'input a': '16a', force: true }), {
    words: ['--force', '--input', 'a=16a'],
    variables: { RELEASE: 'b c' },
  });
  const asItOpens = Object.fromEntries(build.map(({ name, value }) => [name, value]));
  assert.deepEqual(wordsOf(build, asItOpens, ['plan']).words, [], 'a page is about what is whole');
  const last = ['build', 'package'];
  assert.deepEqual(wordsOf(build, asItOpens, last).words, ['--report'], 'builds have one unless it is switched off');
  assert.deepEqual(wordsOf(build, { ...asItOpens, report: false }, last).words, []);
  assert.deepEqual(wordsOf(form, { ...empty, report: true }).words, ['--report']);
  assert.equal(shownCommand(['build', 'a b', '24v1']), "lifecycle build 'a b' 24v1");
});
