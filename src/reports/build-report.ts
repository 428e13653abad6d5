import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { counted, plural } from '../counts.ts';
import { LifecycleError } from '../errors.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { facts, page, table } from '../html/page.ts';
import { loadProject } from '../project/load.ts';
import { formatBytes } from '../report.ts';
import { shellWord } from '../shell-word.ts';
import { type LockedInput, readInputsLock } from '../store/builds/inputs-lock.ts';
import type { FinishedBuild } from '../store/builds/record.ts';
import type { FileFact } from '../store/files.ts';
import { type NamedData, resolveData } from '../store/reference.ts';
import { profilePart, schemaPart } from './columns.ts';
import { command, filesPart, firstRowsPart, footer, hash, section, timingsPart } from './parts.ts';
import { REPORT_STYLE } from './style.ts';
import { type ReportContext, tableParts } from './table-parts.ts';
import { cut, moment } from './words.ts';

/** Tables of a build that are looked at; of further ones there is the list of outputs. */
const MOST_TABLES = 12;
const LOG_LINES = 60;
const LOG_BYTES = 16_000;

/** The report of a finished build: from what, which outputs, what its commands said last. */
export async function buildReport({ dir, record }: FinishedBuild, context: ReportContext): Promise<string> {
  const { product, partition_key: key, outputs } = record;
  const lock = await readInputsLock(dir).catch((error: unknown) => {
    if (error instanceof LifecycleError) return undefined;
    throw error;
  });
  const tables = await tablesOf(record, context);
  const parts: Part[] = [];
  for (const data of tables.slice(0, MOST_TABLES)) parts.push(await outputPart(data, context));
  const body = html`<h1>${product}</h1>
<p class="soft"><code>builds.${product}@${key}</code>, made ${moment(record.created)}</p>
${facts([
  ['version', record.version],
  ['inputs', counted(record.inputs.length)],
  ['outputs', counted(outputs.length)],
  ['size', formatBytes(outputs.reduce((sum, { bytes }) => sum + bytes, 0))],
])}
${section('inputs', 'Inputs', inputsPart(record.inputs, lock?.inputs))}
${section('outputs', 'Outputs', html`${filesPart(outputs)}${timingsPart(record.timings)}`)}
${await previews(dir, outputs)}
${parts}
${tables.length > MOST_TABLES && html`<p class="soft">${plural(tables.length - MOST_TABLES, 'more table')} of the build are not shown here.</p>`}
${section('log', 'The end of its log', await logPart(dir))}
${section('code', 'Code', codePart(record))}
${section('files', 'Other files', html`<details><summary>${plural(record.files.length, 'file')} of the partition</summary>${filesPart(record.files)}</details>`)}
${section('again', 'Make it again', html`${command(`lifecycle rebuild ${shellWord(product)} ${shellWord(key)} --locked`)}<p class="soft">It repeats the build from its lock, with exactly these inputs, and compares the outputs byte by byte.</p>`)}
${footer(new Date())}`;
  return page({ title: `builds.${product}@${key}`, body, style: REPORT_STYLE });
}

const TABLE = /\.(parquet|csv)$/i;

/** Each table once: of the same one in both formats, the one that keeps its types. */
async function tablesOf(
  { product, partition_key: key, outputs }: FinishedBuild['record'],
  { settings }: ReportContext,
): Promise<NamedData[]> {
  const { storeDir, projectDir } = settings;
  const scope = { storeDir, cwd: projectDir, loadProject: () => loadProject(projectDir) };
  const names = new Set(
    outputs.filter((output) => TABLE.test(output.path)).map((output) => output.path.replace(TABLE, '')),
  );
  const found: NamedData[] = [];
  for (const name of names) {
    const file =
      outputs.find((output) => output.path.replace(TABLE, '') === name && /\.parquet$/i.test(output.path)) ??
      outputs.find((output) => output.path.replace(TABLE, '') === name && TABLE.test(output.path))!;
    found.push(await resolveData(scope, `builds.${product}@${key}.${file.path}`));
  }
  return found;
}

async function outputPart(data: NamedData, context: ReportContext): Promise<Part> {
  const { profile, first, map, problems } = await tableParts(data, context);
  const { path: file } = (data.origin as { output: FileFact }).output;
  const columns = first?.columns ?? [];
  return section(
    `output-${file}`.replace(/[^\w.-]/g, '-'),
    file,
    html`${problems.map((problem) => html`<p class="note bad">${problem}</p>`)}
${map}
${first && html`<h3>First rows</h3>${firstRowsPart(first, profile?.rows ?? first.rows.length)}`}
${columns.length > 0 && html`<h3>Columns</h3>${schemaPart(columns, new Map(), profile)}`}
${profile && html`<details><summary>How its values are spread</summary>${profilePart(profile)}</details>`}`,
  );
}

export function inputsPart(
  inputs: FinishedBuild['record']['inputs'],
  locked: readonly LockedInput[] | undefined,
  linkTo?: (id: string, version: string) => string | undefined,
): Markup {
  if (inputs.length === 0) return html`<p class="soft">It has none.</p>`;
  const why = new Map(locked?.map((input) => [input.id, input]));
  const rows = inputs.map(({ id, version, rows: count, sha256 }) => {
    const target = version === null ? undefined : linkTo?.(id, version);
    const name = html`<code>${id}</code>`;
    return [
      target === undefined ? name : html`<a href="${target}">${name}</a>`,
      version ?? '-',
      count === null ? '-' : counted(count),
      why.get(id)?.why,
      hash(sha256),
    ];
  });
  return table(
    [
      { heading: 'input' },
      { heading: 'version' },
      { heading: 'rows', align: 'right' },
      { heading: 'why this version' },
      { heading: 'sha256' },
    ],
    rows,
  );
}

/** Outputs that are no tables: pictures as they are, the beginning of texts. */
const PICTURES: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};
const TEXT = /\.(md|txt|json|ya?ml|log|sql|html?|geojson)$/i;
const MOST_PREVIEWS = 12;
const MOST_PICTURES_BYTES = 600_000;
const TEXT_BYTES = 4_000;
const TEXT_LINES = 40;

async function previews(dir: string, outputs: readonly FileFact[]): Promise<Part> {
  const shown: Part[] = [];
  let room = MOST_PICTURES_BYTES;
  for (const { path: name, bytes } of outputs) {
    const file = path.join(dir, 'output', name);
    const type = PICTURES[path.extname(name).toLowerCase()];
    if (shown.length >= MOST_PREVIEWS) break;
    if (type !== undefined && bytes <= room) {
      room -= bytes;
      // In an image neither scripts nor addresses of an SVG work.
      const data = (await readFile(file)).toString('base64');
      shown.push(html`<h3>${name}</h3><img class="preview" alt="${name}" src="data:${type};base64,${data}">`);
    } else if (TEXT.test(name)) {
      const text = await startOf(file);
      const more = bytes > TEXT_BYTES || text.split('\n').length > TEXT_LINES;
      const lines = text
        .split('\n')
        .slice(0, TEXT_LINES)
        .map((line) => cut(line, 300));
      shown.push(
        html`<details><summary>${name}</summary><pre tabindex="0">${lines.join('\n')}${more && '\n…'}</pre></details>`,
      );
    }
  }
  return shown.length > 0 && section('previews', 'Previews', shown);
}

async function startOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TEXT_BYTES), 0, TEXT_BYTES, 0);
  return buffer.subarray(0, bytesRead).toString('utf8');
}

async function logPart(dir: string): Promise<Part> {
  const text = await endOf(path.join(dir, 'build.log'));
  if (text === undefined || text.trim() === '') return null;
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(-LOG_LINES).map((line) => cut(line, 300));
  return html`<pre tabindex="0">${shown.join('\n')}</pre>`;
}

async function endOf(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const start = Math.max(0, size - LOG_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOG_BYTES), 0, LOG_BYTES, start);
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function codePart({ code }: FinishedBuild['record']): Part {
  if (!code) return null;
  const { tree, commit, dirty } = code;
  return html`<p>${commit !== null && html`Commit <code>${commit}</code>${dirty && ' with changes'}. `}A hash of the product's files: <code class="hash">${tree}</code></p>`;
}
