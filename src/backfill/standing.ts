import { parseVersion, type TemplateId, templateIdFrom } from '../ids.ts';
import { loadTemplate } from '../project/load-template.ts';
import { withClaim } from '../store/claim.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { IngestRecord } from '../store/ingest-record.ts';
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
