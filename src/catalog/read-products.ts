import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { ProductId } from '../ids.ts';
import { keptReport } from '../reports/kept-report.ts';
import { readInputsLock } from '../store/builds/inputs-lock.ts';
import { partitionKeys, surveyBuilds } from '../store/builds/survey.ts';
import { RECORD_FILE, type StoreLayout } from '../store/layout.ts';
import type { ProductEntry } from './model.ts';
import type { BuildContent } from './product-pages.ts';
import { mark } from './read-templates.ts';

/** What stands of a product, without reading any of it. @throws LifecycleError STO_UNREADABLE */
export async function productMarks(layout: StoreLayout, id: ProductId): Promise<unknown[]> {
  return (await partitionKeys(layout, id))
    .toSorted()
    .map((key) => [
      key,
      ...['stages.json', RECORD_FILE].map((file) => mark(path.join(layout.builds.partition(id, key), file))),
      mark(layout.reports.build(id, key)),
    ]);
}

export interface ReadProduct {
  entry: ProductEntry;
  contents: BuildContent[];
}

export async function readProductEntry(layout: StoreLayout, id: ProductId, isListed: boolean): Promise<ReadProduct> {
  const { found, unreadable } = await surveyBuilds(layout, id);
  const problems = [
    ...(isListed ? [] : ['The project has no product of this name any more.']),
    ...unreadable.map(({ name, error }) => `${name} cannot be read: ${error.message}`),
  ];
  const contents: BuildContent[] = [];
  for (const { key, dir, record } of found) {
    const lock = await readInputsLock(dir).catch((error: unknown) => {
      if (error instanceof LifecycleError) return undefined;
      throw error;
    });
    contents.push({
      record,
      locked: lock?.inputs,
      facts: {
        key,
        version: record.version,
        created: record.created,
        outputs: record.outputs.length,
        bytes: record.outputs.reduce((sum, { bytes }) => sum + bytes, 0),
        inputs: record.inputs,
        report: keptReport(layout.reports.build(id, key), dir) !== undefined,
      },
    });
  }
  const problem = problems.length > 0 ? problems.join(' ') : null;
  return { entry: { kind: 'product', id, problem, builds: contents.map(({ facts }) => facts) }, contents };
}
