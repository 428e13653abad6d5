import { LifecycleError } from '../errors.ts';
import { parsePartitionKey, parseVersion, productIdFrom, type TemplateId } from '../ids.ts';
import { findProduct } from '../project/find.ts';
import { keptTemplate } from '../project/kept-datasets.ts';
import { loadTemplate } from '../project/load-template.ts';
import type { Definition, Product } from '../project/project.ts';
import type { FinishedBuild } from '../store/builds/record.ts';
import { finishedBuilds } from '../store/builds/survey.ts';
import type { Change } from '../store/changes.ts';
import { isPathOfData } from '../store/file-reference.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import { type NamedData, type ReferenceScope, resolveAllData, resolveData } from '../store/reference.ts';
import { versionBefore } from '../store/version-before.ts';
import { compareVersions } from '../version-order.ts';

/** Which tables are to be held against each other. */
interface ComparedData {
  /** The two states as a whole, such as `nyc_boroughs@16a`. */
  names: Change<string>;
  tables: { id: string | null; before: NamedData; now: NamedData; templateKey: string[] | undefined }[];
  /** Datasets or outputs that one of the two has alone. */
  only: Change<string[]>;
  /** Outputs that are no tables, by what their bytes are. */
  files: { path: string; state: 'equal' | 'different' }[];
}

interface DiffScope extends ReferenceScope {
  projectDir: string;
}

/**
 * What the words of the command mean: two names of data, the first the earlier; or an id and one or two of its versions
 * or partitions, of which the older is the earlier, whichever is named first.
 *
 * @throws LifecycleError LIF_USAGE, LIF_UNKNOWN_ID, STO_NO_VERSION, and those of `resolveData`
 */
export async function comparedData(
  scope: DiffScope,
  words: readonly [string, string?, string?],
): Promise<ComparedData> {
  const [first, second, third] = words;
  if (isName(first)) {
    if (second === undefined || third !== undefined) {
      throw new LifecycleError('LIF_USAGE', `${first} is to be compared with one other table`, {
        hint: 'name two: lifecycle diff OLD.parquet NEW.parquet, or a template and its versions: lifecycle diff ID VERSION [VERSION]',
      });
    }
    const [before, now] = [await resolveData(scope, first), await resolveData(scope, second)];
    const one = { id: null, before, now, templateKey: await templateKey(scope, now) };
    return { names: { before: before.name, now: now.name }, tables: [one], only: { before: [], now: [] }, files: [] };
  }
  const product = await productNamed(scope, first);
  return product ? builds(scope, product, second, third) : versions(scope, first, second, third);
}

/** One of a table, not of a template or a product. */
const isName = (text: string) => isPathOfData(text) || text.includes('@') || text.startsWith('builds.');

async function productNamed(scope: DiffScope, id: string): Promise<Product | undefined> {
  if (productIdFrom(id) === undefined || (await loadTemplate(scope.projectDir, id))) return undefined;
  return (await scope.loadProject()).products.find((product) => product.id === id);
}

async function versions(scope: DiffScope, id: string, first = 'latest', second?: string): Promise<ComparedData> {
  const own = await loadTemplate(scope.projectDir, id);
  const template: TemplateId = own?.id ?? (await keptTemplate(await scope.loadProject(), id));
  const definition = (own ?? (await loadTemplate(scope.projectDir, template)))?.definition;
  const order = definition?.version_order ?? undefined;
  const store = openIngestStore(storeLayout(scope.storeDir));
  const datasets = async (version: string) => {
    const found = await resolveAllData(scope, `${id}@${version}`);
    const { origin } = found[0]!;
    return { found, version: parseVersion(origin.kind === 'version' ? origin.version : version) };
  };
  let now = await datasets(first);
  let before: typeof now;
  if (second === undefined) {
    const older = await versionBefore(store, template, now.version, order);
    if (!older) {
      throw new LifecycleError('STO_NO_VERSION', `${id} has no version before ${now.version}`, {
        hint: `name another: lifecycle diff ${id} ${now.version} VERSION (see lifecycle show ${id})`,
      });
    }
    before = await datasets(older.version);
  } else {
    before = await datasets(second);
    const created = async (version: typeof now.version) => Date.parse((await store.read(template, version))!.created);
    const place =
      compareVersions(before.version, now.version, order) ??
      (await created(before.version)) - (await created(now.version));
    if (place > 0) [before, now] = [now, before];
  }
  const byId = (side: typeof now) =>
    new Map(side.found.map((data) => [data.origin.kind === 'version' ? (data.origin.dataset.id as string) : id, data]));
  return paired(
    { before: `${id}@${before.version}`, now: `${id}@${now.version}` },
    { before: byId(before), now: byId(now) },
    (dataset) => declaredKey(definition, dataset),
  );
}

/** The columns that a template marks as its primary key, in the map form of checks or as one of a list. */
function declaredKey(definition: Definition | undefined, dataset: string): string[] | undefined {
  const isKey = (checks: unknown): boolean => {
    if (Array.isArray(checks)) return checks.some((check) => check === 'is_primary_key' || isKey(check));
    return typeof checks === 'object' && checks !== null && isTrue((checks as Record<string, unknown>).is_primary_key);
  };
  const isTrue = (value: unknown) => value === true || (typeof value === 'object' && value !== null);
  const columns = definition?.datasets.find(({ id }) => id === dataset)?.columns.filter(({ checks }) => isKey(checks));
  return columns && columns.length > 0 ? columns.map(({ id }) => id) : undefined;
}

async function templateKey(scope: DiffScope, { origin }: NamedData): Promise<string[] | undefined> {
  if (origin.kind !== 'version') return undefined;
  return declaredKey((await loadTemplate(scope.projectDir, origin.template))?.definition, origin.dataset.id);
}

const TABLE = /\.(?:parquet|csv)$/i;

async function builds(scope: DiffScope, product: Product, first?: string, second?: string): Promise<ComparedData> {
  const { id } = findProduct(await scope.loadProject(), product.id);
  const found = await finishedBuilds(storeLayout(scope.storeDir), id);
  const built = (text: string): FinishedBuild => {
    const key = parsePartitionKey(text);
    const build = found.find((each) => each.key === key);
    if (build) return build;
    throw new LifecycleError('STO_NO_VERSION', `${id} has no finished build ${key}`, {
      hint:
        found.length > 0 ? `it has ${found.map((each) => each.key).join(', ')}` : `make one: lifecycle build ${id} KEY`,
    });
  };
  let now = first === undefined ? found[0] : built(first);
  // The list begins with the one made last.
  let before = second === undefined ? now && found[found.indexOf(now) + 1] : built(second);
  if (!now || !before) {
    const what = now ? `no build before ${now.key}` : 'no finished build';
    throw new LifecycleError('STO_NO_VERSION', `${id} has ${what}`, { hint: `make one: lifecycle build ${id} KEY` });
  }
  if (found.indexOf(before) < found.indexOf(now)) [before, now] = [now, before];
  const tables = async (build: FinishedBuild) => {
    const named = new Map<string, NamedData>();
    for (const output of build.record.outputs.filter((each) => TABLE.test(each.path))) {
      const table = output.path.replace(TABLE, '');
      // Of the same table in both formats, the one that keeps its types.
      if (named.has(table) && !/\.parquet$/i.test(output.path)) continue;
      named.set(table, await resolveData(scope, `builds.${id}@${build.key}.${output.path}`));
    }
    return named;
  };
  const data = paired(
    { before: `${id}@${before.key}`, now: `${id}@${now.key}` },
    { before: await tables(before), now: await tables(now) },
    () => undefined,
  );
  const hashes = (build: FinishedBuild) =>
    new Map(build.record.outputs.filter((each) => !TABLE.test(each.path)).map((each) => [each.path, each.sha256]));
  const [old, files] = [hashes(before), hashes(now)];
  data.only.before.push(...[...old.keys()].filter((file) => !files.has(file)));
  data.only.now.push(...[...files.keys()].filter((file) => !old.has(file)));
  for (const [file, sha256] of files)
    if (old.has(file)) data.files.push({ path: file, state: old.get(file) === sha256 ? 'equal' : 'different' });
  return data;
}

function paired(
  names: Change<string>,
  { before, now }: Change<ReadonlyMap<string, NamedData>>,
  keyOf: (id: string) => string[] | undefined,
): ComparedData {
  const shared = [...now.keys()].filter((id) => before.has(id));
  return {
    names,
    tables: shared.map((id) => ({ id, before: before.get(id)!, now: now.get(id)!, templateKey: keyOf(id) })),
    only: {
      before: [...before.keys()].filter((id) => !now.has(id)),
      now: [...now.keys()].filter((id) => !before.has(id)),
    },
    files: [],
  };
}
