import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LifecycleError } from '../errors.ts';
import { readTemplate, resolveTemplate } from './template.ts';

const FILE = '/project/ingest_templates/libraries.yml';

function template(text: string) {
  return readTemplate(FILE, text.replace(/^\n/, ''));
}

/** `line:column code message` of every finding, in order, and its hint. */
async function findings(text: string): Promise<string[]> {
  const { findings: found } = await template(text);
  return found.map((finding) => {
    const hint = finding.hint === undefined ? '' : ` | ${finding.hint}`;
    return `${finding.place!.line}:${finding.place!.column} ${finding.code} ${finding.message}${hint}`;
  });
}

const GOOD = `
id: libraries
attributes: {name: Libraries}
ingestion:
  source: {type: local_file, path: data/libraries.csv}
  file_format: {type: csv, header: null, dtype: str}
  processing_steps:
  - name: sort
    args: {by: [name]}
`;

test('a sound template is a definition without nulls and defaults in its file format', async () => {
  const { definition, findings: found, id } = await template(GOOD);
  assert.deepEqual(found, []);
  assert.equal(id, 'libraries');
  assert.equal(definition?.shape, 'one_to_one');
  assert.deepEqual(definition.source, {
    type: 'local_file',
    key: 'data/libraries.csv',
    arguments: { type: 'local_file', path: 'data/libraries.csv' },
  });
  assert.deepEqual(definition.datasets[0]?.file_format, { type: 'csv', dtype: 'str' });
  assert.deepEqual(definition.datasets[0]?.processing_steps, [{ name: 'sort', args: { by: ['name'] }, mode: null }]);
});

test('fault 54: every mistake of a template is told at once, each with its place and what was meant', async () => {
  const found = await findings(`
id: libraries
acl: public
atributes: {name: Libraries}
ingestion:
  source: {type: socrate, uid: abcd-1234}
  file_format: {type: exel, sheet_name: 1}
  processing_steps:
  - name: srot
  - name: filter_rows
    args: {type: equal, column_name: a, value: 1}
`);
  assert.deepEqual(found, [
    '1:1 PRJ_MISSING_FIELD attributes: the field `attributes` is missing',
    '2:6 PRJ_WRONG_VALUE acl: expected public-read, private, found "public" | did you mean public-read?',
    '3:1 PRJ_UNKNOWN_KEY atributes: there is no field `atributes` here | did you mean attributes?',
    '5:18 PRJ_UNKNOWN_SOURCE ingestion.source.type: there is no source type "socrate" | did you mean socrata?',
    '6:23 PRJ_UNKNOWN_FORMAT ingestion.file_format.type: there is no file format "exel"; the formats are csv, parquet, xlsx, shapefile, geodatabase, json, geojson, html, excel | did you mean excel?',
    '8:11 PRJ_UNKNOWN_STEP ingestion.processing_steps[0].name: there is no step "srot" | did you mean sort?',
    '9:11 PRJ_MISSING_FIELD ingestion.processing_steps[1].args.val: the step filter_rows needs the argument `val` (text or an integer)',
    '10:18 PRJ_WRONG_VALUE ingestion.processing_steps[1].args.type: expected one of equals, contains, found "equal" | did you mean equals?',
    '10:41 PRJ_UNKNOWN_KEY ingestion.processing_steps[1].args.value: the step filter_rows has no argument `value` (it takes type, column_name, val) | did you mean val?',
  ]);
});

test('slices, filters, methods and conditions on the version', async () => {
  const expressions: [string, string][] = [
    ['{{ version }}', '2024.10.a'],
    ['{{ version[:-2] }}', '2024.10'],
    ['{{ version[2:] }}', '24.10.a'],
    ['{{ version[0] }}{{ version[-1] }}', '2a'],
    ['{{ version | replace(".","_") }}', '2024_10_a'],
    ['{{ version.replace(".", "") }}', '202410a'],
    ['{{ version.split(".")[1] }}', '10'],
    ['{{ version.upper() }}', '2024.10.A'],
    ['{% if version == "2024.10.a" %}this{% else %}that{% endif %}', 'this'],
    ['{% if version.startswith("2024") %}{{ version | upper }}{% endif %}', '2024.10.A'],
    ['{{ "x" if version else "y" }}', 'x'],
  ];
  for (const [expression, expected] of expressions) {
    const text = GOOD.replace('data/libraries.csv', () => `'${expression.replaceAll("'", "''")}'`);
    const read = await template(text);
    assert.ok(read.usesVersion, expression);
    const definition = await resolveTemplate(read, '2024.10.a');
    assert.equal(definition.source.key, expected, expression);
  }
});

test('another variable is refused, and text without a variable is not rendered', async () => {
  assert.deepEqual(await findings(GOOD.replace('name: Libraries', 'name: "{{ Version }}"')), [
    '2:24 PRJ_UNKNOWN_VARIABLE the template uses the variable `Version`; only `version` is known | write {{ version }}',
  ]);
  const literal = await template(GOOD.replace('name: Libraries', 'name: "{{ \'kept\' }}"'));
  assert.equal(literal.definition?.attributes.name, "{{ 'kept' }}");
  assert.equal(literal.usesVersion, false);
});

test('places point into the file and not into what was rendered from it', async () => {
  const found = await findings(`
id: libraries
attributes:
  name: >-
    Release {{
    version | replace(".", "_") }} of the libraries
  nmae: x
ingestion:
  source: {type: local_file, path: "{{ version }}.csv", kye: 1}
  file_format: {type: csv}
`);
  assert.deepEqual(
    found.map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['6:3 PRJ_UNKNOWN_KEY attributes.nmae:', '8:57 PRJ_UNKNOWN_KEY ingestion.source.kye:'],
  );
});

test('a version that YAML takes for a number is warned of where it stands bare', async () => {
  const text = GOOD.replace('{type: csv, header: null, dtype: str}', '\n    type: xlsx\n    sheet_name: {{ version }}');
  assert.deepEqual(await findings(text), [
    '7:17 PRJ_UNQUOTED_VERSION {{ version }} stands unquoted: a version such as 2020 becomes a number here, 2020-01-01 a date | write "{{ version }}"',
  ]);
  const definition = await resolveTemplate(await template(text), '2020');
  assert.equal(definition.datasets[0]?.file_format.sheet_name, 2020);
});

test('a date that a version becomes is refused at the time of ingest, with its place', async () => {
  const read = await template(GOOD.replace('name: Libraries', 'name: {{ version }}'));
  await assert.rejects(resolveTemplate(read, '2020-01-01'), (error: LifecycleError) => {
    assert.equal(error.code, 'PRJ_WRONG_VALUE');
    assert.equal(error.place?.line, 2);
    assert.match(error.message, /attributes\.name: expected text, found the date 2020-01-01; quote it/);
    return true;
  });
});

test('a file that is no YAML, empty, or no map', async () => {
  assert.deepEqual(await findings('id: [1\n'), [
    '2:1 PRJ_BAD_YAML something is never closed: a bracket, a brace or a quotation mark',
  ]);
  assert.deepEqual(await findings(''), ['1:1 PRJ_WRONG_VALUE a template is a map of fields, found nothing']);
  assert.deepEqual(await findings('- 1\n'), ['1:1 PRJ_WRONG_VALUE a template is a map of fields, found a list']);
});

test('a repeated key is a warning and the last one counts', async () => {
  const read = await template(`${GOOD}acl: private\nacl: public-read\n`);
  assert.equal(read.definition?.acl, 'public-read');
  assert.deepEqual(
    read.findings.map((finding) => [finding.severity, finding.code]),
    [['warning', 'PRJ_REPEATED_KEY']],
  );
});

test('integers that would lose digits are refused', async () => {
  const found = await findings(GOOD.replace('{by: [name]}', '{by: [name], ascending: 12345678901234567890}'));
  assert.match(found[0]!, /8:35 PRJ_WRONG_VALUE the number 12345678901234567890 is too large/);
});

const SEVERAL = `
id: workbook
attributes: {name: Workbook}
source: {type: local_file, path: data/workbook.xlsx}
dataset_defaults:
  attributes: {description: from the defaults, custom: {a: 1}}
  target_crs: EPSG:2263
  file_format: {type: xlsx, dtype: {A: str}}
  processing_steps:
  - name: clean_column_names
    args: {lower: true}
datasets:
- id: people
  attributes: {name: People, description: "", custom: {b: 2}}
  file_format: {sheet_name: People, dtype: {B: str}}
  processing_steps: []
- id: homes
  acl: private
  attributes: {name: Homes, description: own}
  file_format: {sheet_name: 1, dtype: str}
  processing_steps:
  - name: sort
    args: {by: [a]}
`;

test('datasets of a one-to-many template get what they do not say themselves from the defaults', async () => {
  const { definition, findings: found } = await template(SEVERAL);
  assert.deepEqual(found, []);
  const [people, homes] = definition!.datasets;
  assert.deepEqual(people?.attributes, {
    name: 'People',
    description: 'from the defaults',
    url: null,
    custom: { a: 1, b: 2 },
  });
  assert.deepEqual(people.file_format, { type: 'xlsx', dtype: { A: 'str', B: 'str' }, sheet_name: 'People' });
  assert.deepEqual(
    people.processing_steps.map((step) => step.name),
    ['clean_column_names'],
  );
  assert.equal(people.target_crs, 'EPSG:2263');
  assert.deepEqual([homes?.acl, homes?.file_format.dtype, homes?.attributes.description], ['private', 'str', 'own']);
  assert.deepEqual(
    homes?.processing_steps.map((step) => step.name),
    ['sort'],
  );
});

test('a mistake in the defaults is told once, at its place', async () => {
  const found = await findings(SEVERAL.replace('lower: true', 'lower: "yes"'));
  assert.deepEqual(found, [
    '10:19 PRJ_WRONG_VALUE datasets[0].processing_steps[0].args.lower: expected true or false, found "yes"',
  ]);
});

test('a template has one form or the other', async () => {
  const found = await findings(`${GOOD}datasets: []\n`);
  assert.match(found[0]!, /^9:1 PRJ_BOTH_FORMS/);
});

test('geometry, checks and html options keep their rules', async () => {
  const csv = (rest: string) => GOOD.replace('header: null, dtype: str', rest);
  const geometry = (format: string) =>
    csv(`geometry: {geom_column: p, crs: EPSG:4326, format: {point_xy_str: "${format}"}}`);
  assert.deepEqual(await findings(geometry('(y, x)')), []);
  assert.match((await findings(geometry('x xy')))[0]!, /exactly one x and exactly one y/);
  assert.match((await findings(csv('geometry: {geom_column: {x: a}, crs: EPSG:4326}')))[0]!, /`y` is missing/);
  assert.match(
    (await findings(GOOD.replace('type: csv, header: null, dtype: str', 'type: html, kwargs: {}')))[0]!,
    /`kwargs` is empty/,
  );
  const checks = `${GOOD}columns:\n- {id: a, data_type: text, checks: [{a: {args: {}}, b: {args: {}}}]}\n`;
  assert.match(
    (await findings(checks))[0]!,
    /^10:\d+ PRJ_WRONG_VALUE columns\[0\]\.checks\[0\]: a check is a map of exactly one name/,
  );
});
