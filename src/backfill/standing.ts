import { parseVersion, type TemplateId, templateIdFrom } from '../ids.ts';
import { loadTemplate } from '../project/load-template.ts';
import { withClaim } from '../store/claim.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { IngestRecord } from '../store/ingest-record.ts';
import { offerLatest } from '../store/latest.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import type { BatchRecord, BatchRun, RunParameters } from './batch-record.ts';

/** Whether a version that stands lacks datasets that a run asks for. */
export function lacks(record: IngestRecord, { datasets = [] }: RunParameters): boolean {
  return datasets.some((id) => record.datasets.every((dataset) => dataset.id !== id));
}

/**
 * What a run of a batch would make, where it is there already: it stood before, or a run whose end nobody saw made it.
 * What is to be overwritten counts only once the batch has made it.
 */
export async function standing(
  layout: StoreLayout,
  { template, version, parameters }: BatchRun,
  { created }: Pick<BatchRecord, 'created'>,
): Promise<{ record: IngestRecord; isOurs: boolean } | undefined> {
  const record = await openIngestStore(layout).read(templateIdFrom(template)!, parseVersion(version));
  if (!record || lacks(record, parameters)) return undefined;
  const isOurs = Date.parse(record.created) >= Date.parse(created);
  return parameters.overwrite && !isOurs ? undefined : { record, isOurs };
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
