import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { Project } from '../project/project.ts';
export async function readProject(dir: string): Promise<Project> {
  const files = (await readdir(path.join(dir, 'ingest_templates')).catch(() => [])).sort();
  const templates = [];
  for (const f of files) {
    const file = path.join(dir, 'ingest_templates', f);
    const text = await readFile(file, 'utf8');
    const id = f.replace(/\.yml$/, '');
    let definition: any,
      findings: any[] = [];
    try {
      const d = parse(text.replace(/\{\{.*?\}\}/g, '2024a'));
      const src = d.ingestion?.source ?? d.source;
      definition = {
        id: d.id,
        shape: d.datasets ? 'one_to_many' : 'one_to_one',
        depends_on: d.depends_on ?? [],
        acl: d.acl ?? null,
        attributes: { name: null, description: null, url: null, custom: null, ...(d.attributes ?? {}) },
        source: { type: src.type, key: null, arguments: src },
        datasets: (d.datasets ?? [{ id: d.id, ...d.ingestion }]).map((x: any) => ({
          id: x.id,
          acl: null,
          attributes: x.attributes ?? { name: null, description: null },
          target_crs: x.target_crs ?? null,
          file_format: x.file_format?.type ? x.file_format : { type: 'csv' },
          processing_steps: (x.processing_steps ?? []).map((s: any) => ({
            name: s.name,
            args: s.args ?? {},
            mode: s.mode ?? null,
          })),
          columns: (x.columns ?? d.columns ?? []).map((c: any) => ({ id: '', data_type: '', id: '', data_type: '', description: null, ...c })),
          checks: null,
        })),
      };
    } catch (e: any) {
      findings = [
        {
          severity: 'error',
          code: 'LIF_INTERNAL',
          message: e.message.split('\n')[0],
          place: { file, line: 1, column: 1 },
        },
      ];
    }
    templates.push({ id, file, text, usesVersion: text.includes('{{'), definition, findings } as any);
  }
  const list = parse(await readFile(path.join(dir, 'products/products.yml'), 'utf8').catch(() => 'products: []'));
  const products = (Array.isArray(list) ? list : list.products).map((p: any) => ({
    id: p.id,
    build_command: p.build_command ?? null,
    dir: path.join(dir, 'products', p.id),
    recipe: undefined,
    env: {},
    schedule: null,
    findings: [],
  }));
  return { dir, templates, products, findings: [] } as any;
}
