import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatasetId, TemplateId } from '../ids.ts';
import type { IngestTemplate } from '../project/project.ts';
import { templateDocumentation } from './documentation.ts';

function template(attributes: { name: string; description: string; url: string }): IngestTemplate {
  return {
    id: 'parks' as TemplateId,
    file: '/project/ingest_templates/parks.yml',
    text: '',
    usesVersion: true,
    findings: [],
    definition: {
      id: 'parks' as DatasetId,
      shape: 'one_to_one',
      version_order: null,
      runner: null,
      versions: null,
      depends_on: ['libraries'],
      acl: 'public-read',
      attributes: { ...attributes, custom: null },
      source: {
        type: 'file_download',
        key: null,
        arguments: { type: 'file_download', url: 'https://example.org/`x`' },
      },
      datasets: [
        {
          id: 'parks' as DatasetId,
          acl: null,
          attributes: { name: null, description: null, url: null, custom: null },
          target_crs: 'EPSG:2263',
          file_format: { type: 'csv' },
          written_format: 'csv',
          processing_steps: [{ name: 'sort', args: { by: ['name'], rank: 12345678901234567890n }, mode: 'append' }],
          columns: [],
          checks: null,
        },
      ],
    },
  };
}

test('says where the data comes from and what is done to it', () => {
  const page = templateDocumentation(
    template({ name: 'Large parks', description: 'First.\n\nSecond\nline.', url: 'https://example.org/parks' }),
  );
  for (const expected of [
    '# Large parks\n',
    'First.\n\nSecond line.',
    '<https://example.org/parks>',
    'Source: `file_download`',
    '`EPSG:2263`',
    '1. `sort` (mode `append`) `{"by":["name"],"rank":"12345678901234567890"}`',
    'Depends on: `libraries`',
  ]) {
    assert.ok(page.includes(expected), `${expected}\n---\n${page}`);
  }
});

test('text of a template never becomes markup', () => {
  const page = templateDocumentation(
    template({
      name: '<script>alert(1)</script>',
      description: '![x](https://evil.example/pixel) [click](javascript:alert(1)) <img src=x>\n# heading',
      url: 'javascript:alert(1)',
    }),
  );
  assert.doesNotMatch(page, /(?<!\\)<(script|img)/);
  assert.doesNotMatch(page, /(?<!\\)\[click/);
  assert.doesNotMatch(page, /(?<!\\)!\[/);
  assert.doesNotMatch(page, /^# heading/m);
  assert.ok(page.includes('`javascript:alert(1)`'));
  assert.ok(page.includes('`https://example.org/ x `') || page.includes('`https://example.org/ x`'));
});
