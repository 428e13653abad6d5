import { parsePartitionKey, parseVersion } from '../ids.ts';
import type { Project } from '../project/project.ts';
import { silentReporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { readPartition } from '../store/builds/partition.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import type { Kind } from './api.ts';
import type { IndexedVersion } from './record-index.ts';

type Asked = Pick<IndexedVersion, 'key' | 'state' | 'created'>;

const AT_ONCE = 2;
/** The code of a product is no part of the project's definitions: it is looked at again. */
const BUILDS_KNOWN_FOR_MS = 30_000;

/**
 * By what versions were made that is otherwise now: their definition, or the code of their product. That takes
 * milliseconds for each, so what is known is told, and what is not is looked at meanwhile.
 */
export class Staleness {
  readonly #settings: Settings;
  /** Of each state of the project. */
  readonly #known = new WeakMap<Project, Map<string, { differs: readonly string[]; untilMs: number }>>();
  readonly #looking = new Map<string, Promise<void>>();
  readonly #closed = new AbortController();
  #queue: { name: string; look: () => Promise<void>; done: () => void }[] = [];
  #running = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  close(): void {
    this.#closed.abort();
    for (const { done } of this.#queue) done();
    this.#queue = [];
  }

  /** What is known at this moment, until when it is looked at again too; nothing for what was never looked at. */
  of(project: Project, asset: { kind: Kind; id: string }, version: Asked): readonly string[] {
    if (version.state !== 'published') return [];
    const name = `${asset.kind}/${asset.id}/${version.key}/${version.created}`;
    const known = this.#known.get(project)?.get(name);
    if (!known || known.untilMs < Date.now()) void this.#begin(project, asset, version.key, name);
    return known?.differs ?? [];
  }

  /** Waits until these have been looked at, and no longer than so long. */
  async settled(project: Project, asset: { kind: Kind; id: string }, versions: readonly Asked[], withinMs: number) {
    for (const version of versions) this.of(project, asset, version);
    const names = versions.map(({ key, created }) => `${asset.kind}/${asset.id}/${key}/${created}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(names.map((name) => this.#looking.get(name))), late]);
    clearTimeout(timer);
  }

  #begin(project: Project, { kind, id }: { kind: Kind; id: string }, key: string, name: string): Promise<void> {
    const running = this.#looking.get(name);
    if (running || this.#closed.signal.aborted) return running ?? Promise.resolve();
    const look = async () => {
      const differs = await (kind === 'ingest'
        ? this.#ofVersion(project, id, key)
        : this.#ofBuild(project, id, key)
      ).catch(() => []);
      const known = this.#known.get(project) ?? new Map<string, { differs: readonly string[]; untilMs: number }>();
      this.#known.set(project, known);
      const untilMs = kind === 'ingest' ? Number.POSITIVE_INFINITY : Date.now() + BUILDS_KNOWN_FOR_MS;
      known.set(name, { differs, untilMs });
    };
    const begun = new Promise<void>((done) => this.#queue.push({ name, look, done }));
    this.#looking.set(name, begun);
    this.#next();
    return begun;
  }

  #next(): void {
    if (this.#running >= AT_ONCE) return;
    const job = this.#queue.shift();
    if (!job) return;
    this.#running++;
    // Answers come in between.
    setImmediate(async () => {
      await job.look();
      this.#running--;
      this.#looking.delete(job.name);
      job.done();
      this.#next();
    });
  }

  async #ofVersion(project: Project, id: string, key: string): Promise<string[]> {
    const template = project.templates.find((each) => each.id === id);
    if (!template?.definition) return [];
    const store = openIngestStore(storeLayout(this.#settings.storeDir));
    const version = parseVersion(key);
    const record = await store.read(template.id, version);
    if (!record) return [];
    const { olderDefinition } = await import('../ingest/older-definition.ts');
    return olderDefinition(template, record, await store.directory(template.id, version));
  }

  async #ofBuild(project: Project, id: string, key: string): Promise<string[]> {
    const product = project.products.find((each) => each.id === id);
    if (!product) return [];
    const [{ ProductStaleness }, { describeStale }] = await Promise.all([
      import('../builds/code/partition-staleness.ts'),
      import('../builds/code/staleness.ts'),
    ]);
    const partitionKey = parsePartitionKey(key);
    const partition = await readPartition(storeLayout(this.#settings.storeDir), product.id, partitionKey);
    const around = { settings: this.#settings, reporter: silentReporter, signal: this.#closed.signal };
    const reasons = await new ProductStaleness(around, product).of(partition, partitionKey);
    return reasons.map((reason) => describeStale([reason]));
  }
}
