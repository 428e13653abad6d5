import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { storeLayout } from '../store/layout.ts';
import type { AirflowClient, Asset, AssetEvent } from './client.ts';
import type { Manifest } from './manifest.ts';
import { type Published, PublishedVersions, type Standing } from './published.ts';

/** What an event of ours says about itself, in its extra. */
export const RECONCILED = 'reconciled';
export const VOID = 'void';

const LOOK_EVERY_MS = 5_000;
/** A task publishes before it ends, and its event comes with its end. */
const SETTLES_WITHIN_MS = 10_000;
/** Between two events of ours, so that a store of thousands of versions does not keep people waiting. */
const PAUSE_MS = 100;

const failureOf = (error: unknown) =>
  error instanceof LifecycleError ? error.message : `events could not be compared with the store: ${error}`;

/** Whether the last event of a key calls it void; the key of events without one is null. */
type LastEvents = Map<string, Map<string | null, { isVoid: boolean; at: number }>>;

/**
 * Keeps Airflow's events in step with the store, which is the truth: a version that was made by the command line gets
 * an event, and an event of a version that does not exist is followed by one that calls it void. What has been done can
 * be read off the events themselves, so that another start does nothing twice.
 */
export class Reconciler {
  readonly #client: AirflowClient;
  readonly #reporter: Reporter;
  readonly #versions: PublishedVersions;
  readonly #last: LastEvents = new Map();
  #assets = new Map<string, Asset>();
  /** The manifest for whose assets `#assets` was read. */
  #knownHash = '';
  #since: string | undefined;
  readonly #told = new Set<string>();

  constructor(settings: Settings, client: AirflowClient, reporter: Reporter) {
    this.#client = client;
    this.#reporter = reporter;
    this.#versions = new PublishedVersions(storeLayout(settings.storeDir));
  }

  /** One comparison, and what follows from it. Answers how many events it made of each kind. */
  async reconcile(manifest: Manifest, signal: AbortSignal): Promise<{ reconciled: number; voided: number }> {
    if (manifest.hash !== this.#knownHash) {
      this.#assets = new Map((await this.#client.assets()).map((asset) => [asset.name, asset]));
    }
    // Before the store: what is published between the two looks must not seem to have no event.
    const standing = await this.#versions.look(manifest);
    this.#take(await this.#client.events(this.#since));
    this.#knownHash = manifest.hash;
    const done = { reconciled: 0, voided: 0 };
    for (const version of this.#withoutEvent(standing)) {
      if (await this.#addEvent(version)) done.reconciled++;
      await sleep(PAUSE_MS, undefined, { signal });
    }
    for (const { asset, key } of this.#withoutVersion(standing)) {
      if (await this.#callVoid(asset, key)) done.voided++;
      await sleep(PAUSE_MS, undefined, { signal });
    }
    return done;
  }

  #take(events: readonly AssetEvent[]): void {
    for (const { name, partition_key, extra, timestamp } of events) {
      this.#since = timestamp;
      if (name !== null) this.#note(name, partition_key, extra?.[VOID] === true, Date.parse(timestamp));
    }
  }

  #note(asset: string, key: string | null, isVoid: boolean, at = Date.now()): void {
    const keys = this.#last.get(asset) ?? new Map();
    this.#last.set(asset, keys.set(key, { isVoid, at }));
  }

  *#withoutEvent(standing: Standing): Iterable<Published> {
    for (const [asset, versions] of standing) {
      if (!this.#assets.has(asset)) continue;
      for (const version of versions.values()) {
        const last = this.#last.get(asset)?.get(version.key);
        if (last?.isVoid !== false && Date.now() - version.writtenMs > SETTLES_WITHIN_MS) yield version;
      }
    }
  }

  *#withoutVersion(standing: Standing): Iterable<{ asset: Asset; key: string | null }> {
    for (const [name, keys] of this.#last) {
      const asset = this.#assets.get(name);
      const versions = standing.get(name);
      if (!asset || !versions) continue;
      for (const [key, { isVoid, at }] of keys) {
        const stands = key !== null && versions.has(key);
        if (!isVoid && !stands && Date.now() - at > SETTLES_WITHIN_MS) yield { asset, key };
      }
    }
  }

  async #addEvent(version: Published): Promise<boolean> {
    // A run that is under way may have made it, and tells of it itself when it ends.
    if (await this.#client.isActive(version.dagId)) return false;
    const facts = await version.facts().catch(() => undefined);
    const asset = this.#assets.get(version.asset);
    if (!facts || !asset) return false;
    await this.#client.createEvent(asset.id, version.key, { ...facts, [RECONCILED]: true });
    this.#note(version.asset, version.key, false);
    return true;
  }

  async #callVoid(asset: Asset, key: string | null): Promise<boolean> {
    const what = key === null ? 'an event names no version' : `there is no version ${key} in the store`;
    if (asset.scheduled_dags.length > 0) {
      // One more event would start these DAGs once more.
      const dags = asset.scheduled_dags.map(({ dag_id }) => dag_id).join(', ');
      this.#tellOnce(
        'warning',
        `${asset.name}: ${what}, although Airflow has an event of it; ${dags} may have run for it`,
      );
      this.#note(asset.name, key, true);
      return false;
    }
    await this.#client.createEvent(asset.id, key, { [VOID]: true, reason: what });
    this.#note(asset.name, key, true);
    return true;
  }

  #tellOnce(level: 'warning' | 'debug', message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#reporter.log(level, message);
  }

  /** Looks every few seconds until the signal says stop, and never rejects. `manifestNow` is asked at each look. */
  async run(
    manifestNow: () => Promise<Manifest | undefined>,
    signal: AbortSignal,
    everyMs = LOOK_EVERY_MS,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const manifest = await manifestNow();
        const { reconciled, voided } = manifest ? await this.reconcile(manifest, signal) : { reconciled: 0, voided: 0 };
        if (reconciled + voided > 0) {
          this.#reporter.log('info', 'events in Airflow follow the store', { reconciled, void: voided });
        }
      } catch (error) {
        // A server that is starting a component again, or stopping, a disk that is full: the next look finds what this
        // one left. None may end the looking, since the server goes on for weeks after it.
        if (!signal.aborted) this.#tellOnce(error instanceof LifecycleError ? 'debug' : 'warning', failureOf(error));
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
