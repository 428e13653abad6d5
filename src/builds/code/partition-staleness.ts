import { LifecycleError } from '../../errors.ts';
import type { PartitionKey } from '../../ids.ts';
import type { Product } from '../../project/project.ts';
import type { Reporter } from '../../report.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Partition } from '../../store/builds/partition.ts';
import { storeLayout } from '../../store/layout.ts';
import type { BuildContext } from '../build-options.ts';
import { KnownHashes } from '../known-hashes.ts';
import { type Reading, readLockedBuild } from '../lock/locked-build.ts';
import { codeNow, namedVariables, readCodeLock } from './identity.ts';
import { codeFolder, type ProductFiles, productFiles } from './product-files.ts';
import { type StaleReason, staleReasons } from './staleness.ts';

/** Asks for builds of one product; its files are read once for all of them. */
export class ProductStaleness {
  readonly #context: Omit<BuildContext, 'key'>;
  #files: Promise<ProductFiles> | undefined;

  constructor(context: { settings: Settings; reporter: Reporter; signal: AbortSignal }, product: Product) {
    const { settings, reporter, signal } = context;
    const layout = storeLayout(settings.storeDir);
    const options = { force: false };
    this.#context = { product, layout, settings, reporter, signal, options, hashes: new KnownHashes() };
  }

  /**
   * By what the code of a finished build stage differs from the code now; nothing for one that is not finished. Where a
   * masked value cannot be known, it is left out. One that cannot be compared is told as a warning.
   *
   * @param known what has been read already
   */
  async of({ dir, stages }: Partition, key: PartitionKey, known: Reading = {}): Promise<StaleReason[]> {
    if (!stages.build) return [];
    const context = { ...this.#context, key };
    const { product, settings, reporter } = context;
    try {
      const lock = await readCodeLock(dir);
      if (!lock) return [{ what: 'the code, which was not written down,', change: 'changed', since: null }];
      let knowsAll = true;
      const build = await readLockedBuild(context, dir, {
        ...known,
        onUnknown: () => {
          knowsAll = false;
        },
      });
      this.#files ??= productFiles(settings, codeFolder(settings, product));
      const env = knowsAll ? namedVariables(context, build) : null;
      return await staleReasons(context, lock, await codeNow(context, build, env, this.#files));
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      reporter.log('warning', `whether ${product.id} ${key} is stale cannot be told: ${error.message}`);
      return [];
    }
  }
}
