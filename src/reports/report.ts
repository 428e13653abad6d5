import path from 'node:path';
import { counted } from '../counts.ts';
import { LifecycleError } from '../errors.ts';
import { html } from '../html/markup.ts';
import { facts, page } from '../html/page.ts';
import { type ProductId, parsePartitionKey, parseVersion } from '../ids.ts';
import { maskOutput } from '../masking/output.ts';
import { findProduct } from '../project/find.ts';
import type { Project } from '../project/project.ts';
import { formatBytes } from '../report.ts';
import { type FinishedBuild, readBuild } from '../store/builds/record.ts';
import { finishedBuilds } from '../store/builds/survey.ts';
import { isPathOfData } from '../store/file-reference.ts';
import { writeFileDurably } from '../store/files.ts';
import { storeLayout } from '../store/layout.ts';
import { type NamedData, type NamedVersion, type ReferenceScope, resolveAllData } from '../store/reference.ts';
import { buildReport } from './build-report.ts';
import { profilePart, schemaPart } from './columns.ts';
import { firstRowsPart, footer, section } from './parts.ts';
import { REPORT_STYLE } from './style.ts';
import { type ReportContext, tableParts } from './table-parts.ts';
import { versionReport } from './version-report.ts';

export interface WrittenReport {
  name: string;
  /** Absolute path. */
  path: string;
  bytes: number;
}

/**
 * Writes the report of what a person named: a version, a build (`builds.PRODUCT@KEY`), or a single table.
 *
 * @param out where to; a version and a build have a place of their own in the store, beside nothing published
 * @throws LifecycleError LIF_USAGE, and what `resolveAllData` throws
 */
export async function writeReport(
  scope: ReferenceScope,
  text: string,
  out: string | undefined,
  context: ReportContext,
): Promise<WrittenReport> {
  const layout = storeLayout(context.settings.storeDir);
  const build = await buildNamed(scope, text, context);
  if (build) return writeBuildReport(build, out, context);
  const datasets = await resolveAllData(scope, text);
  const [first] = datasets;
  if (first!.origin.kind === 'version') {
    const { template, version } = first!.origin;
    const all = datasets as (NamedData & { origin: NamedVersion })[];
    const isWhole = datasets.length === first!.origin.record.datasets.length;
    // The place of a version's report is for all of its datasets.
    const own = isWhole ? layout.reports.version(template, parseVersion(version)) : undefined;
    const name = isWhole ? `${template}@${version}` : first!.name;
    return write(name, out ?? own ?? needsOut(text), await versionReport(all, context));
  }
  return write(first!.name, out ?? needsOut(text), await tableReport(first!, context));
}

/** The report of a build that has just been made, or was named. */
export async function writeBuildReport(
  build: FinishedBuild,
  out: string | undefined,
  context: ReportContext,
): Promise<WrittenReport> {
  const { product, partition_key: key } = build.record;
  const own = storeLayout(context.settings.storeDir).reports.build(product as ProductId, build.key);
  return write(`builds.${product}@${key}`, out ?? own, await buildReport(build, context));
}

/** `builds.PRODUCT@KEY` or `builds.PRODUCT`, which is the build made last; with an output it names a table. */
async function buildNamed(
  scope: ReferenceScope,
  text: string,
  { settings }: ReportContext,
): Promise<FinishedBuild | undefined> {
  if (!text.startsWith('builds.') || isPathOfData(text)) return undefined;
  const layout = storeLayout(settings.storeDir);
  const project: Project = await scope.loadProject();
  const at = text.indexOf('@');
  const [id, key] = at < 0 ? [text.slice(7), undefined] : [text.slice(7, at), text.slice(at + 1)];
  if (key === undefined && !project.products.some((product) => product.id === id)) return undefined;
  const { id: product } = findProduct(project, id);
  if (key === undefined) {
    const [newest] = await finishedBuilds(layout, product);
    if (newest) return newest;
    throw new LifecycleError('STO_NO_VERSION', `${product} has no finished build`, {
      hint: `make one: lifecycle build ${JSON.stringify(product)} PARTITION_KEY`,
    });
  }
  const builds = await finishedBuilds(layout, product);
  if (builds.some((each) => each.key === key)) return readBuild(layout, product, parsePartitionKey(key));
  if (builds.some((each) => key.startsWith(`${each.key}.`))) return undefined;
  throw new LifecycleError('STO_NO_VERSION', `${product} has no finished build ${key}`, {
    hint:
      builds.length > 0
        ? `it has ${builds
            .slice(0, 8)
            .map((each) => each.key)
            .join(', ')}`
        : `make one: lifecycle build ${JSON.stringify(product)} PARTITION_KEY`,
  });
}

async function tableReport(data: NamedData, context: ReportContext): Promise<string> {
  const { profile, first, map, problems } = await tableParts(data, context);
  const body = html`<h1>${path.basename(data.name)}</h1>
<p class="soft"><code>${data.name}</code></p>
${
  profile &&
  facts([
    ['rows', counted(profile.rows)],
    ['columns', counted(profile.columns.length)],
    ['size', formatBytes(profile.bytes)],
  ])
}
${problems.map((problem) => html`<p class="note bad">${problem}</p>`)}
${section('map', 'Map', map)}
${section('columns', 'Columns', first && schemaPart(first.columns, new Map(), profile))}
${section('profile', 'Values', profile && profilePart(profile))}
${section('rows', 'First rows', first && firstRowsPart(first, profile?.rows ?? first.rows.length))}
${footer(new Date())}`;
  return page({ title: data.name, body, style: REPORT_STYLE });
}

function needsOut(text: string): never {
  throw new LifecycleError('LIF_USAGE', `the report of ${text} has no place of its own`, {
    hint: 'name one: --out FILE; a whole version and a whole build have one',
  });
}

async function write(name: string, file: string, text: string): Promise<WrittenReport> {
  const masked = maskOutput(text);
  try {
    await writeFileDurably(file, masked);
  } catch (cause) {
    throw new LifecycleError('LIF_USAGE', `${file} cannot be written`, { cause, hint: 'name another file with --out' });
  }
  return { name, path: file, bytes: Buffer.byteLength(masked) };
}
