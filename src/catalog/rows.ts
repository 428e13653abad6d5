import { shortType } from '../profile/kinds.ts';
import { descriptionsOf } from '../reports/version-report.ts';
import { fileOf } from '../store/ingest-record.ts';
import type { StoreLayout } from '../store/layout.ts';
import type { Rows } from './database.ts';
import type { ReadProduct } from './read-products.ts';
import type { ReadTemplate } from './read-templates.ts';

const total = (timings: Readonly<Record<string, number>>) =>
  Math.round(Object.values(timings).reduce((sum, seconds) => sum + seconds, 0) * 1000) / 1000;

/** What the tables hold of a template's versions. */
export async function addTemplateRows(
  rows: Rows,
  { root }: StoreLayout,
  { entry, versions, definition }: ReadTemplate,
): Promise<void> {
  const states = new Map(entry.versions.map(({ version, state }) => [version, state]));
  for (const { version, record } of versions) {
    for (const dataset of record.datasets) {
      const own = { template: entry.id, version, dataset: dataset.id };
      const file = fileOf(record, dataset.path);
      const [xmin, ymin, xmax, ymax] = dataset.bbox ?? [];
      await rows.add('versions', {
        ...own,
        ...{ created: record.created, runner: record.runner, state: states.get(version) },
        ...{ is_latest: version === entry.latest, rows: dataset.rows, rows_before: dataset.changes?.rows.before },
        ...{ bytes: file?.bytes, sha256: file?.sha256, crs: dataset.crs, xmin, ymin, xmax, ymax },
        ...{ seconds: total(record.timings), path: `${root}/ingest/${entry.id}/${version}/${dataset.path}` },
      });
      const descriptions = descriptionsOf(definition, dataset.id);
      for (const [i, { name, type }] of dataset.columns.entries()) {
        const description = descriptions.get(name);
        await rows.add('columns', { ...own, position: i + 1, name, type: shortType(type), description });
      }
      for (const { check, column, status, message, rows_failing, place } of dataset.checks ?? [])
        await rows.add('checks', { ...own, check, column, status, message, rows_failing, place });
      for (const { check, message } of dataset.warnings ?? []) {
        const of = { column: null, rows_failing: null, place: null };
        await rows.add('checks', { ...own, check, status: 'warned', message, ...of });
      }
    }
  }
}

/** What the tables hold of a product's builds. */
export async function addProductRows(rows: Rows, { entry, contents }: ReadProduct): Promise<void> {
  for (const { facts, record } of contents) {
    const own = { product: entry.id, key: facts.key };
    const { version, created, outputs, bytes } = facts;
    const { tree: code, commit } = record.code ?? { tree: null, commit: null };
    await rows.add('builds', {
      ...own,
      version,
      created,
      outputs,
      bytes,
      code,
      commit,
      seconds: total(record.timings),
    });
    for (const { id: input, version: taken, sha256, rows: count } of record.inputs)
      await rows.add('inputs', { ...own, input, version: taken, sha256, rows: count });
  }
}
