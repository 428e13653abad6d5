import type { InputDataset } from '../../project/recipe-model.ts';
import type { FileType } from '../../project/vocabulary/file-types.ts';
import { ARCHIVE_SOURCE, type Catalog, InputProblem } from './catalog.ts';
import type { PlannedInput } from './plan.ts';
import type { PlanRequest } from './planner.ts';
import { UnresolvedDataset } from './unresolved.ts';

interface Surroundings {
  catalog: Catalog;
  /** Versions of the latest release, under the strategy copy_latest_release. */
  copied: ReadonlyMap<string, string | null> | 'unknown' | undefined;
  vars: Readonly<Record<string, string>> | undefined;
  env: Readonly<Record<string, string>>;
  today: string;
  locate: PlanRequest['locate'];
}

/** Which file is taken of an archived version when the recipe names no type. */
const PREFERRED: readonly FileType[] = ['pg_dump', 'parquet', 'csv'];
/** What Python makes of a missing version when it becomes text. */
const MISSING_VERSION = 'nan';

/**
 * Fills in a dataset's version and, for an archived one, its file type, name, date and address.
 *
 * @param pinned a version that a parameter gives, above all others
 * @throws UnresolvedDataset
 */
export async function resolveDataset(
  dataset: InputDataset,
  pinned: string | undefined,
  around: Surroundings,
): Promise<PlannedInput> {
  const source = dataset.source ?? ARCHIVE_SOURCE;
  let version: string | null | undefined;
  try {
    if (!around.catalog.sources.includes(source)) {
      throw new InputProblem(
        'unknown_source',
        `there is no source ${source}; there are ${around.catalog.sources.join(', ')}`,
      );
    }
    const wanted =
      pinned === undefined ? wantedVersion(dataset, around) : { version: pinned, why: 'pinned by a parameter' };
    version = wanted.version;
    let why = wanted.why;
    if (version === 'latest') {
      version = undefined;
      version = await around.catalog.latest(source, dataset.id);
      why = `${why === '' ? '' : `${why}: `}latest as of ${around.today}`;
    }
    const resolved = { ...dataset, version };
    const complete =
      source === ARCHIVE_SOURCE && version !== null ? await archivedFacts(resolved, around.catalog) : resolved;
    const located = around.locate ? await around.locate(complete) : { dataset: complete };
    return { ...located, why };
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    throw new UnresolvedDataset({
      id: dataset.id,
      version: version ?? undefined,
      source,
      kind: error.kind,
      reason: error.message,
      isMissing: error.isMissing,
      code: error.code,
      hint: error.hint,
    });
  }
}

/** A variable by its name; `constructor` and the like are names as any other. */
export function variableOf(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function wantedVersion(dataset: InputDataset, around: Surroundings): { version: string; why: string } {
  if (dataset.version !== null) {
    return { version: dataset.version, why: dataset.version === 'latest' ? '' : 'pinned in the recipe' };
  }
  const variable = dataset.version_env_var;
  if (variable) {
    const value = variableOf(around.vars ?? around.env, variable);
    if (value !== undefined) return { version: value, why: `the variable ${variable}` };
    const place = around.vars ? 'the given variables' : 'the environment';
    throw new InputProblem('missing_version_var', `its version is in the variable ${variable}, absent from ${place}`);
  }
  if (!around.copied) return { version: 'latest', why: '' };
  if (around.copied === 'unknown') {
    throw new InputProblem('source_failed', 'the versions of the latest release, which are copied, are not known');
  }
  const copied = around.copied.get(dataset.id);
  if (copied === undefined) {
    throw new InputProblem('not_in_latest_release', 'the latest release, whose versions are copied, does not have it');
  }
  return { version: copied ?? MISSING_VERSION, why: 'copied from the latest release' };
}

async function archivedFacts(dataset: InputDataset, catalog: Catalog): Promise<InputDataset> {
  const version = dataset.version!;
  const archived = await catalog.archived(dataset.id, version);
  let fileType = dataset.file_type;
  if (fileType === null) {
    if (!archived || archived.fileTypes.length === 0) {
      const what = archived ? 'data file in version' : 'version';
      throw new InputProblem('no_files', `there is no ${what} ${version} of ${dataset.id}`);
    }
    const preferred = PREFERRED.find((type) => archived.fileTypes.includes(type));
    if (!preferred) {
      throw new InputProblem(
        'no_preferred_file_type',
        `${dataset.id} ${version} has only ${archived.fileTypes.join(', ')}; without a file_type one of ${PREFERRED.join(', ')} is wanted`,
      );
    }
    fileType = preferred;
  }
  if (!archived) {
    throw new InputProblem('dataset_or_version_not_archived', `there is no version ${version} of ${dataset.id}`);
  }
  return {
    ...dataset,
    version,
    file_type: fileType,
    name: archived.name,
    archive_date: archived.archiveDate?.slice(0, 10) ?? null,
    url: archived.url,
  };
}
