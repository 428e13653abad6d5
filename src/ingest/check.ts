import { LifecycleError } from '../errors.ts';
import type { DatasetDefinition, Definition } from '../project/project.ts';
import { columnNames, describeNames, type Relation } from '../relation/relation.ts';

/**
 * The declared columns must be there. Only for templates of several datasets: the department's engine drops the
 * declaration of the others, and its templates rely on that (ADR 0005).
 *
 * @throws LifecycleError ING_MISSING_COLUMN, ING_DUPLICATE_COLUMN, ING_NO_COLUMNS
 */
export function check(relation: Relation, dataset: DatasetDefinition, definition: Definition): void {
  const names = columnNames(relation);
  if (names.length === 0) {
    throw new LifecycleError('ING_NO_COLUMNS', `${dataset.id} has no columns left`, {
      hint: 'look at what the source answers, and at the steps that drop columns',
    });
  }
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new LifecycleError(
      'ING_DUPLICATE_COLUMN',
      `${dataset.id} has columns of the same name: ${describeNames([...new Set(twice)])}`,
      {
        hint: 'rename or drop one of them in a step',
      },
    );
  }
  if (definition.shape !== 'one_to_many') return;
  const missing = dataset.columns.map((column) => column.id).filter((id) => !names.includes(id));
  if (missing.length === 0) return;
  throw new LifecycleError(
    'ING_MISSING_COLUMN',
    `${dataset.id} lacks columns that the template declares: ${describeNames(missing)}`,
    {
      hint: `it has ${describeNames(names)}`,
      details: { missing, existing: names },
    },
  );
}
