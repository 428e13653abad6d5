import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireUnfiltered, type STEP_MODULES } from '../../ingest/steps/registry.ts';
import type { ApplyStep } from '../../ingest/steps/step.ts';
import { SERIES_METHODS_SQL } from '../../pandas/series.ts';
import { overTable } from '../../relation/relation.ts';
import { anything, defaulting, needed, text } from './argument-types.ts';
import { GEOSERIES_METHODS } from './methods.ts';
import { step } from './step.ts';
import { rowsOf, stepArguments } from './step-arguments.ts';
import type { STEPS } from './steps.ts';

test('every method of a column that is let through can be run', () => {
  assert.deepEqual(Object.keys(GEOSERIES_METHODS).sort(), Object.keys(SERIES_METHODS_SQL).sort());
});

test('arguments that are left out have the defaults that are declared; those of a template stand', () => {
  assert.deepEqual(stepArguments('filter_columns', { columns: ['a'] }), { columns: ['a'], mode: 'keep' });
  assert.deepEqual(stepArguments('filter_columns', { columns: ['a'], mode: 'drop' }), { columns: ['a'], mode: 'drop' });
  assert.deepEqual(stepArguments('strip_columns', {}), {});
});

test('what becomes of the rows is said by the step, or by the method that it calls', () => {
  assert.equal(rowsOf('sort', {}), 'kept');
  assert.equal(rowsOf('filter_rows', {}), 'filtered');
  assert.equal(rowsOf('pd_df_func', { function_name: 'query' }), 'filtered');
  assert.equal(rowsOf('pd_df_func', { function_name: 'drop_duplicates' }), 'fewer');
  assert.equal(rowsOf('pd_df_func', { function_name: 'toString' }), 'kept');
});

test('a step that filters rows and does not say so is found out when it runs', () => {
  const before = { ...overTable('rows', []), where: ['c0 = 1'] };
  requireUnfiltered('copied', before, before);
  requireUnfiltered('copied', before, { ...before, where: [] });
  assert.throws(
    () => requireUnfiltered('copied', before, { ...before, where: ['c0 = 1', 'c1 = 2'] }),
    /copied filters/,
  );
});

/** The types below are the test: where a line that is expected to be an error is none, the check of types fails. */
test('what is forgotten of a step does not compile', () => {
  const facts = { says: 'Nothing', arguments: {}, reports: { description: 'Nothing' }, example: '- name: nothing' };
  step({ ...facts, rows: 'kept' });
  // @ts-expect-error a step says what becomes of the rows
  step(facts);
  // @ts-expect-error and with a word that there is
  step({ ...facts, rows: 'some' });
  // @ts-expect-error a default is of the argument's type
  defaulting(text, 5);
  // @ts-expect-error a report is made of facts that there are
  step({ ...facts, rows: 'kept', reports: { description: 'Nothing', data: { rows: 'rows imagined' } } });
  // @ts-expect-error and looks at arguments that are declared as what they are
  step({ ...facts, arguments: { by: needed(text) }, rows: 'kept', reports: { description: ({ by }) => by.toFixed() } });

  type Modules = typeof STEP_MODULES;
  const isForAll = <N extends keyof typeof STEPS>(name: N): keyof Modules => name;
  const isDeclared = <N extends keyof Modules>(name: N): keyof typeof STEPS => name;
  type Registry<Names extends string> = { readonly [N in Names]: () => unknown };
  // @ts-expect-error a registry that lacks a step is none
  const lacking: Registry<keyof typeof STEPS> = {} as Registry<Exclude<keyof typeof STEPS, 'sort'>>;
  // @ts-expect-error nor is a step one that has no declaration
  const undeclared: ApplyStep<'sort_by_magic'> = async (relation) => relation;

  const sort: ApplyStep<'sort'> = async (relation, { by }) => {
    const names: readonly string[] = by;
    // @ts-expect-error a list of text is no number
    const number: number = by;
    return [names, number].length > 0 ? relation : relation;
  };
  // @ts-expect-error one step's module does not stand for another's
  const other: Modules['multi'] = async () => ({ apply: sort });
  assert.ok([isForAll, isDeclared, lacking, undeclared, other, anything].every((each) => each !== undefined));
});
