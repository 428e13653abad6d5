import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { LifecycleError } from '../errors.ts';
import { findDataset, findProduct, findTemplate } from './find.ts';
import { loadProject } from './load.ts';
import { loadTemplate } from './load-template.ts';
import type { Project } from './project.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'lifecycle-project-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
let projects = 0;

/** A project of these files, by path. */
function folderOf(files: Record<string, string | Buffer>): string {
  const dir = path.join(scratch, `project${projects++}`);
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  }
  return dir;
}

function template(id: string, more = ''): string {
  return `id: ${id}\nattributes: {name: ${id}}\ningestion:\n  source: {type: local_file, path: a.csv}\n  file_format: {type: csv}\n${more}`;
}

function codes(project: Project): string[] {
  return project.findings.map(
    (finding) => `${path.basename(finding.place!.file)}:${finding.place!.line} ${finding.code}`,
  );
}

test('faults 51 and 58: one broken file hides nothing else', async () => {
  const project = await loadProject(
    folderOf({
      'ingest_templates/a.yml': template('a'),
      'ingest_templates/b.yml': 'id: [',
      'ingest_templates/c.yml': template('c').replace('type: csv', 'type: csw'),
      'ingest_templates/d.yaml': template('d'),
      'ingest_templates/e.yml': Buffer.from([0x69, 0x64, 0x3a, 0xff]),
      'ingest_templates/notes.txt': 'no template',
      'products/products.yml': 'products:\n- id: good\n- nonsense\n- id: also good\n',
    }),
  );
  assert.deepEqual(
    project.templates.map((each) => [each.id, each.definition !== undefined]),
    [
      ['a', true],
      ['b', false],
      ['c', false],
      ['d', true],
      ['e', false],
    ],
  );
  assert.deepEqual(
    project.products.map((product) => product.id),
    ['good', 'also good'],
  );
  assert.deepEqual(codes(project), [
    'b.yml:1 PRJ_BAD_YAML',
    'c.yml:5 PRJ_UNKNOWN_FORMAT',
    'e.yml:1 PRJ_UNREADABLE',
    'products.yml:3 PRJ_WRONG_VALUE',
  ]);
});

test('a project may lack templates or products, but not both', async () => {
  assert.deepEqual((await loadProject(folderOf({ 'ingest_templates/a.yml': template('a') }))).findings, []);
  assert.deepEqual((await loadProject(folderOf({ 'products/products.yml': 'products: []' }))).findings, []);
  const none = await loadProject(folderOf({ 'readme.txt': '' }));
  assert.equal(none.findings[0]?.code, 'PRJ_NOT_A_PROJECT');
  assert.throws(() => findTemplate(none, 'a'), { code: 'PRJ_NOT_A_PROJECT' });
});

test('fault 56: dependencies: missing ones, circles and the datasets of others', async () => {
  const project = await loadProject(
    folderOf({
      'ingest_templates/a.yml': template('a', 'depends_on: [b]\n'),
      'ingest_templates/b.yml': template('b', 'depends_on:\n- c\n'),
      'ingest_templates/c.yml': template('c', 'depends_on: [a]\n'),
      'ingest_templates/d.yml': template('other_id'),
      'ingest_templates/e.yml': template('e', 'depends_on: [other_id, d, othr_id]\n'),
    }),
  );
  assert.deepEqual(codes(project), [
    'a.yml:6 PRJ_DEPENDENCY_CYCLE',
    'b.yml:7 PRJ_DEPENDENCY_CYCLE',
    'c.yml:6 PRJ_DEPENDENCY_CYCLE',
    'e.yml:6 PRJ_UNKNOWN_DEPENDENCY',
  ]);
  assert.match(project.findings[0]!.message, /a -> b -> c -> a/);
  assert.equal(project.findings[3]!.hint, 'did you mean other_id?');
  assert.throws(() => findTemplate(project, 'b'), { code: 'PRJ_DEPENDENCY_CYCLE' });
});

test('two templates must not make the same dataset', async () => {
  const project = await loadProject(
    folderOf({ 'ingest_templates/a.yml': template('same'), 'ingest_templates/b.yml': template('same') }),
  );
  assert.deepEqual(codes(project), ['b.yml:1 PRJ_REPEATED_ID']);
  assert.match(project.findings[0]!.message, /a\.yml/);
});

test('fault 52: ids that some machine takes for the same are refused, with both', async () => {
  const many = (...ids: string[]) =>
    [
      'id: many\nattributes: {name: N}\nsource: {type: local_file, path: a.csv}\ndataset_defaults: {processing_steps: []}\ndatasets:',
      ...ids.map((id) => `- {id: ${id}, attributes: {name: N}, file_format: {type: csv}}`),
    ].join('\n');
  const project = await loadProject(
    folderOf({
      'ingest_templates/one.yml': template('one'),
      'ingest_templates/two.yml': template('ONE'),
      'ingest_templates/many.yml': many('part', 'Part'),
      'products/products.yml': 'products:\n- {id: a b}\n- {id: A_b}\n- {id: A_c}\n',
    }),
  );
  assert.deepEqual(
    project.findings.map(({ message }) => message),
    [
      ...['datasets[1].id: two datasets have the id part or Part, which are one name on some machines'],
      ...['the id ONE is also that of one.yml, one, on some machines'],
      ...['the products "a b" and "A_b" would share the DAG id build_A_b on some machines'],
    ],
  );
});

test('fault 57: products: folders, recipes, ids that clash', async () => {
  const recipe = 'name: A\nproduct: a\nversion: 24v1\ninputs: {datasets: []}\n';
  const dir = folderOf({
    'products/products.yml': [
      'products:',
      '- {id: plain, build_command: make}',
      '- {id: "with space"}',
      '- {id: with_space}',
      '- {id: plain}',
      '- {id: elsewhere, path: other/place, recipe: minor.yml, env: {YEAR: 2020}, schedule: "@daily"}',
      '- {id: lost, recipe: nope.yml}',
      '- {id: up, path: ../..}',
      '- {id: "../etc"}',
      '- {id: typo, build_comand: make}',
    ].join('\n'),
    'products/plain/recipe.yml': recipe,
    'other/place/minor.yml': recipe,
    'other/place/recipe.yml': 'broken: [',
  });
  const project = await loadProject(dir);
  assert.deepEqual(codes(project), [
    'products.yml:4 PRJ_DAG_ID_CLASH',
    'products.yml:5 PRJ_REPEATED_ID',
    'products.yml:7 PRJ_UNREADABLE',
    'products.yml:8 PRJ_OUTSIDE_PROJECT',
    'products.yml:9 PRJ_BAD_ID',
    'products.yml:10 PRJ_UNKNOWN_KEY',
  ]);
  assert.match(project.findings[0]!.message, /"with space" and "with_space" would share the DAG id build_with_space/);
  assert.equal(findProduct(project, 'plain').recipe, path.join(dir, 'products/plain/recipe.yml'));
  assert.equal(findProduct(project, 'with space').recipe, undefined);
  const elsewhere = findProduct(project, 'elsewhere');
  assert.deepEqual(
    [elsewhere.dir, elsewhere.recipe],
    [path.join(dir, 'other/place'), path.join(dir, 'other/place/minor.yml')],
  );
  assert.deepEqual([elsewhere.env, elsewhere.schedule], [{ YEAR: '2020' }, '@daily']);
});

test('fault 53: links that lead out of the project are refused', async () => {
  const dir = folderOf({
    'ingest_templates/a.yml': template('a'),
    'products/products.yml': 'products:\n- {id: linked}\n',
  });
  const outside = folderOf({ 'secret.yml': template('secret'), 'recipe.yml': 'name: x' });
  symlinkSync(path.join(outside, 'secret.yml'), path.join(dir, 'ingest_templates/secret.yml'));
  symlinkSync(outside, path.join(dir, 'products/linked'));
  const project = await loadProject(dir);
  assert.deepEqual(codes(project), ['secret.yml:1 PRJ_OUTSIDE_PROJECT', 'products.yml:2 PRJ_OUTSIDE_PROJECT']);
  assert.equal(await loadTemplate(dir, '../ingest_templates/a'), undefined);
});

test('what is not there is refused with what was probably meant', async () => {
  const several = [
    'id: workbook',
    'attributes: {name: w}',
    'source: {type: local_file, path: a.xlsx}',
    'dataset_defaults: {processing_steps: []}',
    'datasets:',
    '- {id: people, attributes: {name: p}, file_format: {type: xlsx, sheet_name: a}}',
    '- {id: homes, attributes: {name: h}, file_format: {type: xlsx, sheet_name: b}}',
  ].join('\n');
  const project = await loadProject(
    folderOf({ 'ingest_templates/workbook.yml': several, 'ingest_templates/parks.yml': template('parks') }),
  );
  assert.deepEqual(project.findings, []);
  assert.equal(findDataset(project, 'people').template.id, 'workbook');
  assert.equal(findDataset(project, 'parks').dataset.id, 'parks');
  const refusals: [() => unknown, RegExp][] = [
    [() => findTemplate(project, 'prks'), /did you mean parks\?/],
    [() => findTemplate(project, 'homes'), /homes is a dataset of the template workbook/],
    [() => findDataset(project, 'workbook'), /name one of them: people, homes/],
    [() => findDataset(project, 'peopel'), /did you mean people\?/],
    [() => findProduct(project, 'x'), /lifecycle list builds/],
  ];
  for (const [refused, hint] of refusals) {
    assert.throws(refused, (error: LifecycleError) => error.code === 'LIF_UNKNOWN_ID' && hint.test(error.hint ?? ''));
  }
});

test('one template can be read by itself', async () => {
  const dir = folderOf({ 'ingest_templates/a.yaml': template('a'), 'ingest_templates/b.yml': 'id: [' });
  assert.equal((await loadTemplate(dir, 'a'))?.definition?.id, 'a');
  assert.equal((await loadTemplate(dir, 'b'))?.findings[0]?.code, 'PRJ_BAD_YAML');
  assert.equal(await loadTemplate(dir, 'c'), undefined);
});
