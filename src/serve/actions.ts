import { LifecycleError } from '../errors.ts';
import { parsePartitionKey, parseVersion, type TemplateId } from '../ids.ts';
import type { Settings } from '../settings/settings.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { LatestMove } from '../store/latest.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { releaseVersion } from '../store/release.ts';
import { removeBuild, removeVersion } from '../store/remove-version.ts';
import type { Kind, Released } from './api.ts';
import type { ProjectView } from './project-view.ts';

/** Everything that a page may change in the store: the commands `latest`, `release` and `remove`. */
export class Actions {
  readonly #layout: StoreLayout;
  readonly #view: ProjectView;

  constructor(settings: Settings, view: ProjectView) {
    this.#layout = storeLayout(settings.storeDir);
    this.#view = view;
  }

  /** @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, STO_NO_VERSION, STO_BUSY */
  async setLatest(id: string, version: string): Promise<Pick<LatestMove, 'from' | 'to'>> {
    const template = await this.#template(id);
    const { from, to } = await openIngestStore(this.#layout).setLatest(template.id, parseVersion(version));
    return { from, to };
  }

  /**
   * @param by who says so
   * @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, and those of `releaseVersion`
   */
  async release(id: string, key: string, by: string, reason: string): Promise<Released> {
    const template = await this.#template(id);
    const { record, isNew, latest } = await releaseVersion(
      this.#layout,
      template.id,
      parseVersion(key),
      { by, reason },
      template.definition?.version_order ?? undefined,
    );
    return { released: record.quarantine!.released!, is_new: isNew, latest: { from: latest.from, to: latest.to } };
  }

  /** @throws LifecycleError LIF_UNKNOWN_ID, and those of `removeVersion` */
  async remove(kind: Kind, id: string, key: string): Promise<void> {
    if (kind === 'ingest') {
      const template = await this.#template(id);
      await removeVersion(
        this.#layout,
        template.id,
        parseVersion(key),
        template.definition?.version_order ?? undefined,
      );
      return;
    }
    const product = (await this.#view.now()).project.products.find((each) => each.id === id);
    if (!product) throw unknown('product', id);
    await removeBuild(this.#layout, product.id, parsePartitionKey(key));
  }

  async #template(id: string) {
    const template = (await this.#view.now()).project.templates.find((each) => each.id === (id as TemplateId));
    if (!template) throw unknown('template', id);
    return template;
  }
}

function unknown(what: 'template' | 'product', id: string): LifecycleError {
  return new LifecycleError('LIF_UNKNOWN_ID', `there is no ${what} ${JSON.stringify(id.slice(0, 200))}`);
}
