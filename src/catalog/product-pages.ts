import { counted } from '../counts.ts';
import { html, type Part } from '../html/markup.ts';
import { facts, table } from '../html/page.ts';
import { formatBytes } from '../report.ts';
import { codePart, inputsPart } from '../reports/build-report.ts';
import { command, filesPart, section, timingsPart } from '../reports/parts.ts';
import { moment } from '../reports/words.ts';
import { shellWord } from '../shell-word.ts';
import type { LockedInput } from '../store/builds/inputs-lock.ts';
import type { BuildRecord } from '../store/builds/record.ts';
import { type BuildFacts, href, type ProductEntry, sitePath } from './model.ts';
import { date, sitePage } from './parts.ts';

/** The page of the version that an input is; undefined where the catalogue has none. */
export type FindVersion = (id: string, version: string) => string | undefined;

export interface BuildContent {
  facts: BuildFacts;
  record: BuildRecord;
  locked: readonly LockedInput[] | undefined;
}

export function buildPage(name: string, { id }: ProductEntry, content: BuildContent, find: FindVersion): string {
  const title = `builds.${id}@${content.facts.key}`;
  const body = html`<h1>${title}</h1>
${buildParts(name, id, content, find)}`;
  return sitePage(name, { title, trail: [[id, sitePath.product(id)]], body });
}

function buildParts(name: string, id: string, { facts: own, record, locked }: BuildContent, find: FindVersion): Part {
  const linkTo = (input: string, version: string) => {
    const target = find(input, version);
    return target === undefined ? undefined : href(name, target);
  };
  return html`<p class="soft">Made ${moment(record.created)}.${
    own.report && html` <a href="${href(name, sitePath.buildReport(id, own.key))}">Its report</a> shows the outputs.`
  }</p>
${facts([
  ['version', record.version],
  ['inputs', counted(own.inputs.length)],
  ['outputs', counted(own.outputs)],
  ['size', formatBytes(own.bytes)],
])}
${section('inputs', 'Inputs', inputsPart(record.inputs, locked, linkTo))}
${section('outputs', 'Outputs', html`${filesPart(record.outputs)}${timingsPart(record.timings)}`)}
${section('code', 'Code', codePart(record))}
${section('again', 'Make it again', command(`lifecycle rebuild ${shellWord(id)} ${shellWord(own.key)} --locked`))}`;
}

export function productPage(
  name: string,
  entry: ProductEntry,
  newest: BuildContent | undefined,
  find: FindVersion,
): string {
  const { id, builds, problem } = entry;
  const rows = builds.map((each) => [
    html`<a href="${href(name, sitePath.build(id, each.key))}">${each.key}</a>`,
    each.version,
    date(each.created),
    counted(each.inputs.length),
    counted(each.outputs),
    formatBytes(each.bytes),
    each.report && html`<a href="${href(name, sitePath.buildReport(id, each.key))}">report</a>`,
  ]);
  const headings = [
    ...[{ heading: 'build' }, { heading: 'version' }, { heading: 'made' }],
    ...['inputs', 'outputs', 'size'].map((heading) => ({ heading, align: 'right' as const })),
    { heading: 'page' },
  ];
  const body = html`<h1>${id}</h1>
<p class="soft">A product.</p>
${problem !== null && html`<p class="note bad">${problem}</p>`}
${section('builds', 'Builds', builds.length > 0 ? table(headings, rows) : html`<p class="soft">None is finished yet: <code>lifecycle build ${shellWord(id)} KEY</code></p>`)}
${newest && html`<h2>The build made last, ${newest.facts.key}</h2>${buildParts(name, id, newest, find)}`}`;
  return sitePage(name, { title: id, body });
}
