import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'lifecycle-commands-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the binary in the scratch folder, with an empty store. */
function lifecycle(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, LIFECYCLE_HOME: path.join(scratch, 'store'), LIFECYCLE_PROJECT: '', NO_COLOR: '1' };
  return spawnSync(path.join(INSTALLATION, 'bin', 'lifecycle'), args, { cwd: scratch, env, encoding: 'utf8' });
}

function write(name: string, text: string): void {
  const file = path.join(scratch, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

write(
  'project/ingest_templates/broken.yml',
  'id: broken\nattributes: {name: Broken}\ningestion:\n  source: {type: local_file, path: a.csv}\n  file_format: {type: cvs}\n',
);
write(
  'project/ingest_templates/sound.yml',
  'id: sound\nattributes: {name: Sound, nmae: x}\ningestion:\n  source: {type: local_file, path: a.csv}\n  file_format: {type: csv}\n',
);
write('project/products/products.yml', 'products:\n- {id: some product}\n');

test('check prints findings as links, a hint each, and a summary; it exits 1 for an error', () => {
  const { status, stdout, stderr } = lifecycle('--project', 'project', 'check');
  assert.equal(status, 1, stderr);
  assert.equal(
    stdout.replace(/read in [\d.]+ m?s/, 'read in TIME'),
    [
      'project/ingest_templates/broken.yml:5:23: error PRJ_UNKNOWN_FORMAT: ingestion.file_format.type: there is no file format "cvs"; the formats are csv, parquet, xlsx, shapefile, geodatabase, json, geojson, html, excel',
      '  hint: did you mean csv?',
      'project/ingest_templates/sound.yml:2:27: warning PRJ_UNKNOWN_KEY: attributes.nmae: there is no field `nmae` here; it is ignored',
      '  hint: did you mean name?',
      '2 templates and 1 product read in TIME: 1 error, 1 warning',
      '',
    ].join('\n'),
  );
});

test('check --json is one document', () => {
  const { status, stdout } = lifecycle('--json', '--project', 'project', 'check');
  assert.equal(status, 1);
  const document = JSON.parse(stdout);
  assert.deepEqual([document.templates, document.products, document.errors, document.warnings], [2, 1, 1, 1]);
  assert.deepEqual(document.findings[0].place, {
    file: path.join(scratch, 'project/ingest_templates/broken.yml'),
    line: 5,
    column: 23,
  });
});

test('the sample project is clean and is the default', () => {
  const { status, stdout } = lifecycle('check');
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^6 templates and 2 products read in .*: all clean\n$/);
});

test('a folder that is no project', () => {
  assert.equal(lifecycle('--project', '.', 'check').status, 1);
  const { status, stdout, stderr } = lifecycle('--project', 'nowhere', 'list');
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /error PRJ_NOT_A_PROJECT: the folder .*nowhere does not exist\n.*hint: /s);
});

test('list shows templates and products with what is published, the broken ones too', () => {
  const { status, stdout, stderr } = lifecycle('--project', 'project', 'list');
  assert.equal(status, 0);
  assert.equal(
    stdout,
    [
      'TEMPLATE  SOURCE      FORMAT  VERSIONS  LATEST  NAME',
      'broken    -           broken         0  -',
      'sound     local_file  csv            0  -       Sound',
      '',
      'PRODUCT       RECIPE  PARTITIONS  LAST BUILT  STAGE  STATE',
      'some product  none             0  -           -',
      '',
    ].join('\n'),
  );
  assert.match(stderr, /1 cannot be used; see `lifecycle check`/);
  const { builds, ingest } = JSON.parse(lifecycle('--json', '--project', 'project', 'list', 'ingest').stdout);
  assert.equal(builds, undefined);
  assert.equal(ingest.length, 2);
  assert.equal(lifecycle('list', 'nonsense').status, 2);
});
