import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { answerHere } from '../here.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'lifecycle-commands-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const env = { ...process.env, LIFECYCLE_HOME: path.join(scratch, 'store'), LIFECYCLE_PROJECT: '', NO_COLOR: '1' };

/** What a command says in the scratch folder, with an empty store. */
const lifecycle = (...args: string[]) => answerHere(args, { cwd: scratch, env });

/** The same by the binary. */
function started(...args: string[]) {
  const { status, ...said } = spawnSync(path.join(INSTALLATION, 'bin', 'lifecycle'), args, {
    ...{ cwd: scratch, env, encoding: 'utf8' },
  });
  return { ...said, code: status };
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

test('check prints findings as links, a hint each, and a summary; it exits 1 for an error', async () => {
  const { code, stdout, stderr } = started('--project', 'project', 'check');
  assert.equal(code, 1, stderr);
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

test('check --json is one document', async () => {
  const { code, stdout } = await lifecycle('--json', '--project', 'project', 'check');
  assert.equal(code, 1);
  const document = JSON.parse(stdout);
  assert.deepEqual([document.templates, document.products, document.errors, document.warnings], [2, 1, 1, 1]);
  assert.deepEqual(document.findings[0].place, {
    file: path.join(scratch, 'project/ingest_templates/broken.yml'),
    line: 5,
    column: 23,
  });
});

test('the sample project is clean and is the default', async () => {
  const { code, stdout } = await lifecycle('check');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^6 templates and 2 products read in .*: all clean\n$/);
});

test('a folder that is no project', async () => {
  assert.equal((await lifecycle('--project', '.', 'check')).code, 1);
  const { code, stdout, stderr } = await lifecycle('--project', 'nowhere', 'list');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /error PRJ_NOT_A_PROJECT: the folder .*nowhere does not exist\n.*hint: /s);
});

test('list shows templates and products with what is published, the broken ones too', async () => {
  const { code, stdout, stderr } = started('--project', 'project', 'list');
  assert.equal(code, 0);
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
  const { builds, ingest } = JSON.parse((await lifecycle('--json', '--project', 'project', 'list', 'ingest')).stdout);
  assert.equal(builds, undefined);
  assert.equal(ingest.length, 2);
  assert.equal((await lifecycle('list', 'nonsense')).code, 2);
});
