import { counted } from '../counts.ts';
import { comparedData } from '../diff/compared-data.ts';
import { compareTables } from '../diff/diff.ts';
import type { TableDiff } from '../diff/table-diff.ts';
import { describeChange, describeRows, labelText } from '../diff/words.ts';
import { LifecycleError } from '../errors.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { table } from '../html/page.ts';
import type { Profile } from '../profile/document.ts';
import { type ProfileContext, profileOf } from '../profile/profile.ts';
import { loadProject } from '../project/load.ts';
import { type FirstRows, firstRows } from '../query/first-rows.ts';
import type { Settings } from '../settings/settings.ts';
import type { NamedData } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import { pictureOf } from './picture.ts';
import { cut } from './words.ts';

export interface ReportContext extends ProfileContext {
  settings: Settings;
}

/** What is read from the file of a table for its report; what cannot be had is undefined, and the reason is told. */
export interface TableParts {
  profile: Profile | undefined;
  first: FirstRows | undefined;
  map: Part;
  problems: string[];
}

export const FIRST_ROWS = 100;

/** Looks at a table: its profile, its first rows, its map. */
export async function tableParts(data: NamedData, context: ReportContext): Promise<TableParts> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    context.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      context.signal.throwIfAborted();
      const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
      problems.push(`${what} of ${data.name} cannot be shown: ${reason}`);
      return undefined;
    }
  };
  const profile = await attempt('the profile', () => profileOf(data, context));
  const first = await attempt('the rows', () => firstRows(data, context, FIRST_ROWS));
  const map = profile && (await attempt('the map', () => mapPart(data, profile, context)));
  return { profile, first, map, problems };
}

const GEOGRAPHIC = /^(EPSG:(4326|4269|4267|4258)|OGC:CRS84)$/;

async function mapPart(data: NamedData, profile: Profile, context: ReportContext): Promise<Part> {
  const columns = profile.columns.filter(({ kind }) => kind === 'geometry');
  const declared = data.origin.kind === 'version' ? data.origin.dataset.geometry_column : null;
  const column = columns.find(({ name }) => name === declared) ?? columns[0];
  if (!column?.geometry?.bbox || data.format !== 'parquet') return null;
  const { crs, bbox } = column.geometry;
  const picture = await withEngine(context.settings, context.signal, (engine) =>
    pictureOf(engine, {
      file: data.file,
      rows: profile.rows,
      column: column.name,
      isGeographic: crs !== null && GEOGRAPHIC.test(crs),
      label: `Where the rows of ${data.name} lie`,
    }),
  );
  if (!picture) return null;
  const edges = bbox.map((edge) => Number(edge.toPrecision(9))).join(', ');
  return html`<figure>${picture.map}<figcaption>${picture.note} ${crs ?? 'Unknown CRS'}; bounding box ${edges}.</figcaption></figure>`;
}

/** Beyond so many rows two versions are not held against each other row by row for a report. */
const MOST_COMPARED = 500_000;
const SAMPLES = 8;

/** What changed against the version before, row by row and in short. @throws LifecycleError where it cannot be compared */
export async function diffPart(data: NamedData, context: ReportContext): Promise<Part> {
  const { origin } = data;
  if (origin.kind !== 'version') return null;
  const command = html`<code>lifecycle diff ${origin.template} ${origin.version}</code>`;
  if (origin.dataset.rows > MOST_COMPARED) return html`<p class="soft">Row by row it is told by ${command}.</p>`;
  const { storeDir, projectDir } = context.settings;
  const scope = { storeDir, projectDir, cwd: projectDir, loadProject: () => loadProject(projectDir) };
  const compared = await comparedData(scope, [origin.template, origin.version]).catch((error: unknown) => {
    if (error instanceof LifecycleError && error.code === 'STO_NO_VERSION') return undefined;
    throw error;
  });
  const pair = compared?.tables.find(({ id }) => id === origin.dataset.id);
  if (!compared || !pair) return null;
  const diff = await withEngine(context.settings, context.signal, async (engine) => {
    const options = { templateKey: pair.templateKey, tolerances: NO_TOLERANCES, limit: SAMPLES };
    return (await compareTables(engine, pair, options)).diff;
  });
  return html`<p>Row by row against <b>${compared.names.before}</b>: ${diff.equal ? 'equal, ' : ''}${describeRows(diff) || 'no rows'}.${diff.key && html` Rows are known by <code>${diff.key.columns.join(', ')}</code>.`}</p>
${changedColumns(diff)}
<p class="soft">More of it, with a map of what moved: ${command}</p>`;
}

const NO_TOLERANCES = { numbers: undefined, columns: new Map(), trim: false };

function changedColumns({ columns }: TableDiff): Markup | false {
  const changed = columns.filter((column) => column.changed > 0).toSorted((a, b) => b.changed - a.changed);
  if (changed.length === 0) return false;
  const rows = changed.map(({ name, changed: n, samples, type }) => [
    html`<code>${name}</code>`,
    counted(n),
    samples[0] && cut(`${labelText(samples[0].key)}: ${describeChange(samples[0], type)}`, 160),
  ]);
  return table([{ heading: 'column' }, { heading: 'rows changed', align: 'right' }, { heading: 'for example' }], rows);
}
