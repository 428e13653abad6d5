import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { LOOK } from '../html/page.ts';
import {
  type ProductId,
  parsePartitionKey,
  parseVersion,
  productIdFrom,
  type TemplateId,
  templateIdFrom,
} from '../ids.ts';
import { PROFILE_FORMAT } from '../profile/document.ts';
import { TEMPLATES_FOLDER } from '../project/load-template.ts';
import { PRODUCTS_FILE, readProducts } from '../project/products.ts';
import type { Reporter } from '../report.ts';
import { REPORT_STYLE } from '../reports/style.ts';
import type { Settings } from '../settings/settings.ts';
import { standingDirectories } from '../store/directories.ts';
import { hashText } from '../store/files.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { agesPage } from './ages-page.ts';
import { describeAssets, Rows, writeDatabase } from './database.ts';
import { indexPage } from './index-page.ts';
import { type Entry, type ProductEntry, sitePath, type TemplateEntry } from './model.ts';
import { buildPage, type FindVersion, productPage } from './product-pages.ts';
import { productMarks, type ReadProduct, readProductEntry } from './read-products.ts';
import { type ReadTemplate, readContents, readTemplateEntry, type TakenBy, templateMarks } from './read-templates.ts';
import { addProductRows, addTemplateRows } from './rows.ts';
import { type Kept, Site } from './site.ts';
import { CATALOG_STYLE } from './style.ts';
import { templatePage, versionPage } from './template-pages.ts';

export interface CatalogContext {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
}

export interface CatalogResult {
  path: string;
  templates: number;
  versions: number;
  products: number;
  builds: number;
  /** Files that were written; others are as they were. */
  written: number;
}

/** A product as it stands; its builds are read where something has changed. */
interface FoundProduct {
  id: ProductId;
  isListed: boolean;
  marks: unknown;
  read: ReadProduct | undefined;
  entry: ProductEntry;
}

/**
 * Writes the catalogue of a project into a folder, or brings the one that stands there up to date: templates and products
 * of which nothing has changed are not read.
 *
 * @throws LifecycleError LIF_USAGE, STO_*
 */
export async function buildCatalog(out: string, context: CatalogContext): Promise<CatalogResult> {
  const run = new CatalogRun(await Site.open(out), context);
  return run.carryOut();
}

const key = ({ kind, id }: Pick<Entry, 'kind' | 'id'>) => `${kind} ${id}`;

class CatalogRun {
  readonly #site: Site;
  readonly #context: CatalogContext;
  readonly #layout: StoreLayout;
  readonly #kept = new Map<string, Kept>();
  readonly #again = { template: [] as string[], product: [] as string[] };
  /** By the id of a dataset. */
  readonly #owners = new Map<string, TemplateEntry>();
  #uses = new Map<string, TakenBy[]>();
  #profiles = new Set<string>();

  constructor(site: Site, context: CatalogContext) {
    this.#site = site;
    this.#context = context;
    this.#layout = storeLayout(context.settings.storeDir);
  }

  async carryOut(): Promise<CatalogResult> {
    const { venvDir, projectDir } = this.#context.settings;
    const isNew =
      Object.keys(this.#site.before.kept).length === 0 || !existsSync(path.join(this.#site.dir, sitePath.database));
    if (isNew) this.#site.before.kept = {};
    const rows = await Rows.open(this.#site.dir);
    try {
      this.#profiles = new Set(profilesKept(this.#layout));
      const products = await this.#readProducts();
      await this.#templates(rows);
      await this.#products(products, rows);
      const gone = Object.values(this.#site.before.kept).filter(({ entry }) => !this.#kept.has(key(entry)));
      for (const { entry } of gone) this.#again[entry.kind].push(entry.id);
      const pages = await this.#sharedPages(path.basename(projectDir));
      const isSame = this.#again.template.length + this.#again.product.length === 0;
      if (isNew || !isSame) {
        await describeAssets(rows, this.#kept.values());
        await writeDatabase({ dir: this.#site.dir, venvDir }, rows, this.#again, isNew);
      }
      if (isNew || !isSame || this.#site.written > 0) await this.#site.finish(this.#kept, pages);
    } finally {
      await rows.remove();
    }
    const entries = [...this.#kept.values()].map(({ entry }) => entry);
    const templates = entries.filter((entry) => entry.kind === 'template');
    const products = entries.filter((entry) => entry.kind === 'product');
    return {
      path: this.#site.dir,
      templates: templates.length,
      versions: templates.reduce((sum, { versions }) => sum + versions.length, 0),
      products: products.length,
      builds: products.reduce((sum, { builds }) => sum + builds.length, 0),
      written: this.#site.written,
    };
  }

  /** Products come first: what was built from a version stands on its page. */
  async #readProducts(): Promise<FoundProduct[]> {
    const { projectDir } = this.#context.settings;
    const hasList = existsSync(path.join(projectDir, PRODUCTS_FILE));
    const listed = hasList ? readProducts(projectDir, realpathSync(projectDir)).products.map(({ id }) => id) : [];
    const standing = (await standingDirectories(this.#layout.builds.root)).flatMap((name) => productIdFrom(name) ?? []);
    const found: FoundProduct[] = [];
    for (const id of new Set([...listed, ...standing].toSorted())) {
      this.#context.signal.throwIfAborted();
      const isListed = listed.includes(id);
      const marks = [isListed, await productMarks(this.#layout, id)];
      const before = this.#site.before.kept[`product ${id}`];
      const isSame = before?.fingerprint.startsWith(`${hashOf(marks)} `) === true;
      const read = isSame ? undefined : await readProductEntry(this.#layout, id, isListed);
      found.push({ id, isListed, marks, read, entry: read?.entry ?? (before!.entry as ProductEntry) });
    }
    this.#uses = usesByDataset(found.map(({ entry }) => entry));
    return found;
  }

  async #templates(rows: Rows): Promise<void> {
    const { projectDir } = this.#context.settings;
    const folder = path.join(projectDir, TEMPLATES_FOLDER);
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^[^.].*\.ya?ml$/.test(name)) : [];
    const named = [
      ...files.map((name) => name.replace(/\.ya?ml$/, '')),
      ...(await standingDirectories(this.#layout.ingest.root)),
    ];
    const ids = [...new Set(named)].toSorted().flatMap((name) => templateIdFrom(name) ?? []);
    for (const [i, id] of ids.entries()) {
      this.#context.signal.throwIfAborted();
      this.#context.reporter.progress('catalogue', i, ids.length, 'files');
      await this.#template(id, rows);
    }
  }

  async #template(id: TemplateId, rows: Rows): Promise<void> {
    const { projectDir } = this.#context.settings;
    const marks = await templateMarks(this.#layout, projectDir, id);
    const before = this.#site.before.kept[`template ${id}`];
    const old = before?.entry as TemplateEntry | undefined;
    const isSame = old !== undefined && before!.fingerprint === this.#fingerprint(marks, old);
    if (isSame) {
      this.#keep(before!);
      return;
    }
    const read = await readTemplateEntry(this.#layout, projectDir, id);
    this.#again.template.push(id);
    const previous = before?.pages ?? {};
    const pages = await this.#templatePages(id, read, previous, rows);
    this.#keep({ fingerprint: this.#fingerprint(marks, read.entry), entry: read.entry, pages });
  }

  /** All that the pages of a template are made of: its files, who took its versions, which profiles there are. */
  #fingerprint(marks: unknown, { datasets, versions }: TemplateEntry): string {
    const uses = datasets.map(({ id }) => this.#uses.get(id) ?? []);
    const hashes = versions.flatMap(({ sha256 }) => Object.values(sha256));
    return hashOf([marks, uses, hashes.filter((sha256) => this.#profiles.has(sha256))]);
  }

  #keep(kept: Kept): void {
    this.#kept.set(key(kept.entry), kept);
    if (kept.entry.kind === 'template') for (const { id } of kept.entry.datasets) this.#owners.set(id, kept.entry);
  }

  async #templatePages(
    id: TemplateId,
    read: ReadTemplate,
    previous: Kept['pages'],
    rows: Rows,
  ): Promise<Record<string, string>> {
    const { entry, definition } = read;
    const uses = entry.datasets.flatMap((dataset) => this.#uses.get(dataset.id) ?? []);
    uses.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
    const contents = await readContents(this.#layout, id, read, uses, this.#profiles);
    const pages: Record<string, string> = {};
    for (const content of contents) {
      const name = sitePath.version(id, content.facts.version);
      pages[name] = this.#site.put(name, versionPage(name, entry, content, definition), previous);
      const report = sitePath.versionReport(id, content.facts.version);
      const file = this.#layout.reports.version(id, parseVersion(content.facts.version));
      if (content.facts.report) pages[report] = this.#site.copy(report, file);
    }
    const newest = contents.find(({ facts }) => facts.version === entry.latest) ?? contents[0];
    const name = sitePath.template(id);
    pages[name] = this.#site.put(name, templatePage(name, entry, newest, uses, definition), previous);
    await addTemplateRows(rows, this.#layout, read);
    return pages;
  }

  async #products(found: readonly FoundProduct[], rows: Rows): Promise<void> {
    for (const { id, isListed, marks, entry, read: already } of found) {
      const links = entry.builds.flatMap(({ inputs }) =>
        inputs.map((input) => input.version !== null && this.#find(input.id, input.version)),
      );
      const fingerprint = `${hashOf(marks)} ${hashOf(links)}`;
      const before = this.#site.before.kept[`product ${id}`];
      if (before?.fingerprint === fingerprint) {
        this.#keep(before);
        continue;
      }
      const read = already ?? (await readProductEntry(this.#layout, id, isListed));
      this.#again.product.push(id);
      const previous = before?.pages ?? {};
      const pages: Record<string, string> = {};
      for (const content of read.contents) {
        const name = sitePath.build(id, content.facts.key);
        pages[name] = this.#site.put(name, buildPage(name, entry, content, this.#find), previous);
        const report = sitePath.buildReport(id, content.facts.key);
        const file = this.#layout.reports.build(id, parsePartitionKey(content.facts.key));
        if (content.facts.report) pages[report] = this.#site.copy(report, file);
      }
      const name = sitePath.product(id);
      pages[name] = this.#site.put(name, productPage(name, entry, read.contents[0], this.#find), previous);
      await addProductRows(rows, read);
      this.#keep({ fingerprint, entry: read.entry, pages });
    }
  }

  readonly #find: FindVersion = (id, version) => {
    const owner = this.#owners.get(id);
    return owner?.versions.some((each) => each.version === version) ? sitePath.version(owner.id, version) : undefined;
  };

  async #sharedPages(project: string): Promise<Record<string, string>> {
    const entries = [...this.#kept.values()].map(({ entry }) => entry);
    const products = entries.filter((entry) => entry.kind === 'product');
    const takers = new Map<string, Set<string>>();
    for (const [dataset, uses] of this.#uses) {
      const owner = this.#owners.get(dataset);
      if (!owner) continue;
      const own = takers.get(owner.id) ?? new Set();
      for (const { product } of uses) own.add(product);
      takers.set(owner.id, own);
    }
    const before = this.#site.before.pages;
    const { page, index } = indexPage(entries, takers, `Catalogue of ${project}`);
    const pages: Record<string, string> = {};
    for (const [name, text] of [
      [sitePath.style, LOOK + REPORT_STYLE + CATALOG_STYLE],
      [sitePath.ages, agesPage(products, this.#owners, this.#find)],
      ['index.json', index],
      [sitePath.index, page],
    ] as const)
      pages[name] = this.#site.put(name, text, before);
    return pages;
  }
}

const hashOf = (what: unknown) => hashText(JSON.stringify(what)).slice(0, 24);

function usesByDataset(products: readonly ProductEntry[]): Map<string, TakenBy[]> {
  const uses = new Map<string, TakenBy[]>();
  for (const { id: product, builds } of products) {
    for (const { key: partition, created, inputs } of builds) {
      for (const { id: dataset, version, sha256 } of inputs) {
        const own = uses.get(dataset) ?? [];
        own.push({ product, key: partition, created, dataset, version, sha256 });
        uses.set(dataset, own);
      }
    }
  }
  return uses;
}

/** The hashes of files that have a profile. */
function profilesKept({ cache }: StoreLayout): string[] {
  const folder = path.join(cache, 'profiles', String(PROFILE_FORMAT));
  return existsSync(folder) ? readdirSync(folder).map((name) => path.basename(name, '.json')) : [];
}
