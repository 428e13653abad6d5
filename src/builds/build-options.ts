import type { PartitionKey } from '../ids.ts';
import type { Product } from '../project/project.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import type { StoreLayout } from '../store/layout.ts';
import type { KnownHashes } from './known-hashes.ts';

/** What a person or Airflow's form says about a build. */
export interface BuildOptions {
  version?: string | undefined;
  /** Absolute path; the product's own recipe unless given. */
  recipe?: string | undefined;
  /** The partition key unless given; `''` for none. */
  buildName?: string | undefined;
  branch?: string | undefined;
  /** Laid over the recipe's environment. */
  env?: Readonly<Record<string, string>> | undefined;
  /** When given, the only variables of the recipe's template. */
  vars?: Readonly<Record<string, string>> | undefined;
  /** Versions by input id, above those of the recipe. */
  pins?: ReadonlyMap<string, string> | undefined;
  /** A file of available versions to plan against. */
  catalog?: string | undefined;
  /** Ask no source: what is in this store counts. */
  offline?: boolean | undefined;
  /** Run stages again that are done. */
  force: boolean;
  /** Milliseconds that one command may take. */
  timeoutMs?: number | undefined;
}

/** What every stage of one build gets. */
export interface BuildContext {
  product: Product;
  key: PartitionKey;
  layout: StoreLayout;
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  options: BuildOptions;
  hashes: KnownHashes;
  /** A repetition for comparison: it leaves tables, attempts and records of the build itself alone. */
  rebuilding?: boolean;
}
