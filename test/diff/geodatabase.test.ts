import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { DiffDocument } from '../../src/diff/table-diff.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { IngestProject } from '../ingest/project.ts';

const GEODATABASE = path.join(INSTALLATION, 'test', 'fixtures', 'geodatabase', 'pro32.gdb.zip');

test('a geodatabase is compared layer by layer', async (t) => {
  const project = await IngestProject.make(t);
  await copyFile(GEODATABASE, path.join(project.dir, 'both.gdb.zip'));
  const clean = { name: 'clean_column_names', args: { lower: true } };
  const layer = (id: string, steps: object[]) => ({
    id,
    attributes: { name: id },
    file_format: { type: 'geodatabase', layer: id, crs: 'EPSG:2263' },
    processing_steps: [clean, ...steps],
  });
  const ingest = async (version: string, steps: object[]) => {
    const template = {
      id: 'both',
      attributes: { name: 'Both layers' },
      source: { type: 'local_file', path: 'both.gdb.zip' },
      datasets: [layer('lots', []), layer('tab', steps)],
    };
    await project.templateText('both', JSON.stringify(template));
    await project.ingestHere('both', { version });
  };
  await ingest('1', []);
  await ingest('2', [{ name: 'pd_df_func', args: { function_name: 'head', n: 0 } }]);
  const { stdout, stderr } = await project.runHere(['--json', 'diff', 'both', '1', '2']);
  assert.notEqual(stdout, '', stderr);
  const { tables, equal } = JSON.parse(stdout) as DiffDocument;
  const [lots, tab] = tables;
  assert.equal(equal, false);
  assert.deepEqual([lots!.id, lots!.equal, lots!.now.geometry_types], ['lots', true, ['Point']]);
  assert.deepEqual([tab!.id, tab!.equal, tab!.now.rows], ['tab', false, 0]);
  assert.ok(tab!.before.rows > 0 && tab!.rows.removed === tab!.before.rows);
});
