import { LifecycleError } from '../errors.ts';
import { parseVersion, type TemplateId, templateIdFrom } from '../ids.ts';
import { loadTemplate } from '../project/load-template.ts';
import { withClaim } from '../store/claim.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type DatasetRecord, fileOf, type IngestRecord } from '../store/ingest-record.ts';
import { offerLatest } from '../store/latest.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { isContent } from '../store/record-file.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';

/** Whether a version that stands lacks datasets that a run asks for. */
export function lacks(record: IngestRecord, { datasets = [] }: RunParameters): boolean {
  return datasets.some((id) => record.datasets.every((dataset) => dataset.id !== id));
}

/**
 * What a run of a batch would make, where somebody has made it since the batch was planned: a run whose end nobody saw,
 * or another process. What stood before counts for nothing, as it is to be overwritten; no clock is asked, since one
 * that was put right in between would have everything made twice, or nothing.
 *
 * @throws LifecycleError STO_UNREADABLE, unless it is to be overwritten
 */
export async function standing(
  layout: StoreLayout,
  { template, version, parameters, replaces }: BatchRun,
): Promise<IngestRecord | undefined> {
  const record = await openIngestStore(layout)
    .read(templateIdFrom(template)!, parseVersion(version))
    .catch((error: unknown) => {
      if (parameters.overwrite && isContent(error)) return undefined;
      throw error;
    });
  return !record || lacks(record, parameters) || record.created === replaces ? undefined : record;
}

/**
 * The version before one that was made, where both have the same content: the source had nothing new. Undefined also
 * where that is not known, as of a store that lies elsewhere.
 */
export async function sameAsBefore(
  layout: StoreLayout,
  { template, version }: Pick<BatchRun, 'template' | 'version'>,
): Promise<string | undefined> {
  const store = openIngestStore(layout);
  const id = templateIdFrom(template)!;
  try {
    const record = await store.read(id, parseVersion(version));
    const [since, ...others] = new Set(record?.datasets.map(({ changes }) => changes?.since));
    if (!record || since === undefined || others.length > 0) return undefined;
    const before = await store.read(id, parseVersion(since));
    const contentOf = (of: IngestRecord, dataset: DatasetRecord) => fileOf(of, dataset.path)?.sha256;
    const isSame = record.datasets.every((dataset) => {
      const other = before?.datasets.find((each) => each.id === dataset.id);
      return other !== undefined && contentOf(before!, other) === contentOf(record, dataset);
    });
    return isSame ? since : undefined;
  } catch (error) {
    if (error instanceof LifecycleError) return undefined;
    throw error;
  }
}

/**
 * Does what a run may have left undone that was killed after it had published: its lock goes, and `latest` is offered
 * the version. Nothing is fetched again.
 *
 * @throws LifecycleError STO_BUSY where it is at work still
 */
export async function finishKilled(
  layout: StoreLayout,
  projectDir: string,
  { template, version, parameters }: BatchRun,
  record: IngestRecord,
): Promise<void> {
  const id = templateIdFrom(template) as TemplateId;
  const parsed = parseVersion(version);
  const order = (await loadTemplate(projectDir, template))?.definition?.version_order ?? undefined;
  await withClaim(layout, `ingest ${id} ${parsed}`, async () => {
    if (parameters.latest === false || isQuarantined(record)) return;
    await offerLatest(layout, id, { version: parsed, record, fresh: false, order });
  });
}
