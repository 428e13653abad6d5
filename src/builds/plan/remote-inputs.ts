import { inParallel } from '../../in-parallel.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { type FetchedRecord, readFetched } from '../../store/fetched.ts';
import type { BuildContext } from '../build-options.ts';
import { ARCHIVE_SOURCE, type ArchivedVersion, type Catalog, InputProblem, SOURCES } from './catalog.ts';
import { fetchInput, storedRemote } from './fetch-inputs.ts';
import { placeOf, type RemoteFile, remoteFile } from './remote-file.ts';
import { SourceAccess } from './source-access.ts';
import { sourceCatalog } from './source-catalog.ts';
import type { StoredFile } from './stored-inputs.ts';
import type { UnresolvedInput } from './unresolved.ts';

/** Files that are fetched at once. */
const AT_ONCE = 4;

interface Wanted {
  remote: RemoteFile;
  facts: FetchedRecord['facts'];
}

/** Inputs of one plan whose files are at their sources, or were fetched from there by an earlier plan. */
export class RemoteInputs {
  /** What the sources themselves say. */
  readonly catalog: Catalog;
  readonly #context: BuildContext;
  readonly #access: SourceAccess;
  readonly #wanted = new Map<InputDataset, Wanted>();

  constructor(context: BuildContext) {
    this.#context = context;
    this.#access = new SourceAccess(context);
    this.catalog = sourceCatalog(this.#access);
  }

  /** Whether the file of an input is still to be fetched. */
  has(input: InputDataset): boolean {
    return this.#wanted.has(input);
  }

  /** What an earlier plan was told of an archived version whose file it fetched. */
  readonly factsOf = async (id: string, version: string): Promise<ArchivedVersion | undefined> => {
    const place = placeOf({ id, version, source: ARCHIVE_SOURCE });
    const record = place && (await readFetched(this.#context.layout, place));
    return (record?.facts ?? undefined) as ArchivedVersion | undefined;
  };

  /**
   * The file that an earlier plan fetched; `remote` for one that is to be fetched; undefined where its source may not be
   * asked.
   *
   * @throws InputProblem
   */
  async find(input: InputDataset, catalog: Catalog): Promise<StoredFile | 'remote' | undefined> {
    const { source, id, version } = input;
    if (source === null || version === null || !SOURCES.some((known) => known === source)) return undefined;
    const archived = source === ARCHIVE_SOURCE ? await catalog.archived(id, version) : undefined;
    const remote = remoteFile(input, archived);
    const stored = await storedRemote(this.#context.layout, remote, input);
    if (stored) return stored;
    if (this.#access.unasked(source) !== undefined) return undefined;
    this.#wanted.set(input, { remote, facts: archived ? { ...archived } : null });
    return 'remote';
  }

  /** Fetches those of a plan's inputs that are to be fetched; found files by their place among the inputs. */
  async fetch(
    inputs: readonly InputDataset[],
  ): Promise<{ found: Map<number, StoredFile>; unresolved: UnresolvedInput[] }> {
    const found = new Map<number, StoredFile>();
    const unresolved: UnresolvedInput[] = [];
    const wanted = [...inputs.entries()].filter(([, input]) => this.has(input));
    await inParallel(wanted, AT_ONCE, async ([index, input]) => {
      const { remote, facts } = this.#wanted.get(input)!;
      try {
        found.set(index, await fetchInput(this.#context, this.#access, remote, input, facts));
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        const { kind, message: reason, isMissing, code, hint } = error;
        const { id, version, source } = input;
        unresolved.push({
          index,
          id,
          version: version ?? undefined,
          source: source ?? '',
          kind,
          reason,
          isMissing,
          code,
          hint,
        });
      }
    });
    return { found, unresolved: unresolved.sort((a, b) => a.index - b.index) };
  }
}
