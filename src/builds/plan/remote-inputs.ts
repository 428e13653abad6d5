import { inParallel } from '../../in-parallel.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { readFetched } from '../../store/fetched.ts';
import type { BuildContext } from '../build-options.ts';
import { ARCHIVE_SOURCE, type ArchivedVersion, type Catalog, InputProblem, SOURCES } from './catalog.ts';
import { fetchInput, storedRemote } from './fetch-inputs.ts';
import { inStore, type LocatedInput, type PlannedInput } from './plan.ts';
import { placeOf, remoteFile } from './remote-file.ts';
import { SourceAccess } from './source-access.ts';
import { sourceCatalog } from './source-catalog.ts';
import type { StoredFile } from './stored-inputs.ts';
import type { UnresolvedInput } from './unresolved.ts';

/** Files that are fetched at once. */
const AT_ONCE = 4;

/** Inputs of one plan whose files are at their sources, or were fetched from there by an earlier plan. */
export class RemoteInputs {
  /** What the sources themselves say. */
  readonly catalog: Catalog;
  readonly #context: BuildContext;
  readonly #access: SourceAccess;

  constructor(context: BuildContext) {
    this.#context = context;
    this.#access = new SourceAccess(context);
    this.catalog = sourceCatalog(this.#access);
  }

  /** What an earlier plan was told of an archived version whose file it fetched. */
  readonly factsOf = async (id: string, version: string): Promise<ArchivedVersion | undefined> => {
    const place = placeOf({ id, version, source: ARCHIVE_SOURCE });
    const record = place && (await readFetched(this.#context.layout, place));
    return (record?.facts ?? undefined) as ArchivedVersion | undefined;
  };

  /**
   * An input with the file that an earlier plan fetched, or that is to be fetched; undefined where its source may not be
   * asked.
   *
   * @throws InputProblem
   */
  async find(input: InputDataset, catalog: Catalog): Promise<LocatedInput | undefined> {
    const { source, id, version } = input;
    if (source === null || version === null || !SOURCES.some((known) => known === source)) return undefined;
    const archived = source === ARCHIVE_SOURCE ? await catalog.archived(id, version) : undefined;
    const remote = remoteFile(input, archived);
    const stored = await storedRemote(this.#context.layout, remote, input);
    if (stored) return inStore(input, stored);
    if (this.#access.unasked(source) !== undefined) return undefined;
    return { dataset: input, wanted: { remote, facts: archived ? { ...archived } : null } };
  }

  /** Fetches those of a plan's inputs that are to be fetched; the files by their place among the inputs. */
  async fetch(
    inputs: readonly PlannedInput[],
  ): Promise<{ arrived: Map<number, StoredFile>; unresolved: UnresolvedInput[] }> {
    const arrived = new Map<number, StoredFile>();
    const unresolved: UnresolvedInput[] = [];
    const missing = inputs.flatMap(({ dataset, wanted }, index) => (wanted ? [{ dataset, wanted, index }] : []));
    await inParallel(missing, AT_ONCE, async ({ dataset, wanted: { remote, facts }, index }) => {
      try {
        arrived.set(index, await fetchInput(this.#context, this.#access, remote, dataset, facts));
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        const { kind, message: reason, isMissing, code, hint } = error;
        const { id, version, source } = dataset;
        const where = { index, id, version: version ?? undefined, source: source ?? '' };
        unresolved.push({ ...where, kind, reason, isMissing, code, hint });
      }
    });
    return { arrived, unresolved: unresolved.sort((a, b) => a.index - b.index) };
  }
}
