import type { Finding } from '../../errors.ts';
import type { InputDataset, Recipe } from '../../project/recipe-model.ts';
import type { WantedFile } from './remote-file.ts';
import type { StoredFile } from './stored-inputs.ts';

/** An input with its file: in this store, or still at its source; neither where a catalog alone knows of it. */
export interface LocatedInput {
  /** With its version and file type. */
  readonly dataset: InputDataset;
  readonly stored?: StoredFile | undefined;
  readonly wanted?: WantedFile | undefined;
}

export interface PlannedInput extends LocatedInput {
  /** Why it has this version. */
  readonly why: string;
}

/** What a build is to be made of. It is a value: nothing of it changes once it is made. */
export interface Plan {
  /** Complete: versions, file types and the environment filled in. */
  readonly recipe: Recipe;
  /** The recipe's datasets, in their order. */
  readonly inputs: readonly PlannedInput[];
  readonly version: string;
  /** Where the version comes from. */
  readonly versionReason: string;
  /** The process environment with the recipe's own laid over it. */
  readonly env: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** A plan of these inputs; whatever datasets its recipe had before. */
export function planOf(head: Omit<Plan, 'inputs'>, inputs: readonly PlannedInput[]): Plan {
  const datasets = inputs.map(({ dataset }) => dataset);
  return { ...head, inputs, recipe: { ...head.recipe, inputs: { ...head.recipe.inputs, datasets } } };
}

/** The same plan where files have arrived, by their place among the inputs. */
export function withArrived(plan: Plan, arrived: ReadonlyMap<number, StoredFile>): Plan {
  const inputs = plan.inputs.map((input, index) => {
    const file = arrived.get(index);
    return file ? { ...inStore(input.dataset, file), why: input.why } : input;
  });
  return planOf(plan, inputs);
}

/** An input with the file that stands for it, and the type of that file. */
export function inStore(dataset: InputDataset, stored: StoredFile): LocatedInput {
  return { dataset: { ...dataset, file_type: stored.fileType ?? dataset.file_type }, stored };
}
