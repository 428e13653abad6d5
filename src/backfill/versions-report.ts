import { plural } from '../counts.ts';
import { formatPlace } from '../errors.ts';
import { isVersion } from '../ids.ts';
import { connectorArguments } from '../ingest/plan.ts';
import { type ExpectedVersions, expectedVersions } from '../project/expected-versions.ts';
import type { IngestTemplate, Product } from '../project/project.ts';
import { firstError } from '../project/template.ts';
import { connectorFor } from '../sources/index.ts';
import type { SourceContext } from '../sources/source.ts';
import { STAGES } from '../store/builds/partition.ts';
import { surveyPartitions } from '../store/builds/survey.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { StoreLayout } from '../store/layout.ts';
import type { Unreadable } from '../store/survey.ts';
import { compareVersions, type VersionOrder } from '../version-order.ts';
import type { Pins } from './pins.ts';

/** One version: what is there of it, and who says that it should be. */
export interface VersionRow {
  version: string;
  /** When it was made, ISO; null where it does not stand. */
  created: string | null;
  /** `declared`, `source`, `recipe of PRODUCT`. */
  expected_by: string[];
}

/** What stands of a template or product, what should, and what is missing. */
export interface VersionsReport {
  kind: 'ingest' | 'builds';
  id: string;
  declared: ExpectedVersions | null;
  /** What the source told: all that it has, its newest only; null where it was not asked or tells nothing. */
  source: 'all' | 'newest' | null;
  /** Oldest first. */
  versions: VersionRow[];
  /** Expected and not there, oldest first. */
  missing: string[];
  unreadable: Unreadable[];
}

type Context = Omit<SourceContext, 'version'>;

const MAX_NAMES = 5;

interface Standing {
  found: readonly { version: string; created: string }[];
  unreadable: Unreadable[];
}

function report(
  subject: Pick<VersionsReport, 'kind' | 'id' | 'declared' | 'source'>,
  { found, unreadable }: Standing,
  expected: readonly (readonly [version: string, by: string])[],
  order: VersionOrder | undefined,
): VersionsReport {
  const created = new Map(found.map((each) => [each.version, each.created]));
  const by = Map.groupBy(expected, ([version]) => version);
  const names = [...new Set([...created.keys(), ...by.keys()])];
  const versions = names
    .toSorted((a, b) => compareVersions(a, b, order) || (a < b ? -1 : 1))
    .map((version) => ({
      version,
      created: created.get(version) ?? null,
      expected_by: [...new Set(by.get(version)?.map(([, who]) => who))],
    }));
  // What stands and cannot be read is not to be made, but to be looked at.
  const strange = new Set(unreadable.map(({ name }) => name));
  const missing = versions.filter((row) => row.created === null && !strange.has(row.version) && !strange.has('*'));
  return { ...subject, versions, missing: missing.map(({ version }) => version), unreadable };
}

/** What to say of a template that is broken, and so tells nothing. */
export function unknownMissing(template: IngestTemplate): string {
  const { place, message } = firstError(template);
  return `what is missing of ${template.id} is not known: ${place ? `${formatPlace(place)}: ` : ''}${message}`;
}

/** @param told what the source has told, if it was asked */
export async function templateVersions(
  layout: StoreLayout,
  template: IngestTemplate,
  { pins, told, now }: { pins: Pins; told?: Told | undefined; now: Date },
): Promise<VersionsReport> {
  const { id, definition } = template;
  const declared = definition?.versions ?? null;
  const { found, unreadable } = await openIngestStore(layout).survey(id);
  const expected = [
    ...(expectedVersions(declared, now) ?? []).map((version) => [version, 'declared'] as const),
    ...(told?.versions ?? []).map((version) => [version, 'source'] as const),
    ...pins
      .of(id)
      .flatMap((pin) => (isVersion(pin.version) ? [[pin.version, `recipe of ${pin.product}`] as const] : [])),
  ];
  const standing = found.map(({ version, record }) => ({ version, created: record.created }));
  const subject = { kind: 'ingest' as const, id, declared, source: told?.of ?? null };
  return report(subject, { found: standing, unreadable }, expected, definition?.version_order ?? undefined);
}

export async function productVersions(layout: StoreLayout, product: Product, now: Date): Promise<VersionsReport> {
  const { found, unreadable } = await surveyPartitions(layout, product.id);
  const last = STAGES.at(-1)!;
  const built = found.flatMap(({ key, stages }) => {
    const finished = stages[last]?.finished;
    return finished === undefined ? [] : [{ version: key as string, created: finished }];
  });
  const expected = (expectedVersions(product.versions, now) ?? []).map((key) => [key, 'declared'] as const);
  const subject = { kind: 'builds' as const, id: product.id, declared: product.versions, source: null };
  return report(subject, { found: built, unreadable }, expected, undefined);
}

/** What a source told of its versions. */
export interface Told {
  of: 'all' | 'newest';
  versions: string[];
}

/**
 * Asks a template's source for its versions. Undefined where its type tells none.
 *
 * @throws LifecycleError SRC_*
 */
export async function askSource(
  { definition }: Pick<IngestTemplate, 'definition'>,
  context: Context,
): Promise<Told | undefined> {
  if (!definition) return undefined;
  const connector = await connectorFor(definition.source.type);
  const args = connectorArguments(definition.source);
  const asked = { ...context, version: undefined };
  if (connector.listVersions) {
    const all = await connector.listVersions(args, asked);
    const strange = all.filter((version) => !isVersion(version));
    if (strange.length > 0) {
      const some = strange.slice(0, MAX_NAMES).map((name) => JSON.stringify(name));
      const others = strange.length > MAX_NAMES ? ', …' : '';
      const are = strange.length === 1 ? 'is no version' : 'are no versions';
      context.reporter.log(
        'warning',
        `${plural(strange.length, 'name')} at the source ${are}: ${some.join(', ')}${others}`,
      );
    }
    return { of: 'all', versions: all.filter(isVersion) };
  }
  const newest = await connector.latestVersion?.(args, asked);
  return newest === undefined ? undefined : { of: 'newest', versions: [newest].filter(isVersion) };
}
