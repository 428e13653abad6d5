import { type Change, changesBetween, type DatasetChanges, folded } from '../store/changes.ts';
import { type Side, type SideColumn, UNTYPED } from './side.ts';

/** How the columns of two tables stand to each other. */
export interface Schema {
  /** What each column of the earlier table is in the later one, in the order of the later one. */
  shared: Change<SideColumn>[];
  changes: DatasetChanges;
  /** Columns that stand elsewhere among those that both tables have. */
  moved: string[];
}

/** Names are held against each other as they are; one that only differs in its case or its blanks is the same column. */
export function compareSchemas(before: Side, now: Side): Schema {
  const facts = (side: Side, other: Side) => ({
    ...side,
    columns: side.columns.map((column) => ({ ...column, type: typeBeside(column, other) })),
  });
  const shape = renamedShape(before, now);
  const changes = withRenamed(changesBetween(facts(before, now), facts(now, before), before.name), shape);
  const byName = new Map(before.columns.map((column) => [column.name, column]));
  const oldNames = new Map(
    (changes.renamed ?? [])
      .filter((name) => name === shape || folded(name.before) === folded(name.now))
      .map((name) => [name.now, name.before]),
  );
  const shared = now.columns.flatMap((column) => {
    const old = byName.get(oldNames.get(column.name) ?? column.name);
    return old ? [{ before: old, now: column }] : [];
  });
  return { shared, changes: withoutBox(changes), moved: movedColumns(shared, before.columns) };
}

/** A table has one geometry, whatever it is called: `geometry` of one program is `geom` of another. */
function renamedShape(before: Side, now: Side): Change<string> | undefined {
  const [old, name] = [before.geometry_column, now.geometry_column];
  const has = (side: Side, wanted: string) => side.columns.some((column) => column.name === wanted);
  if (old === null || name === null || has(before, name) || has(now, old)) return undefined;
  return { before: old, now: name };
}

function withRenamed(changes: DatasetChanges, name: Change<string> | undefined): DatasetChanges {
  if (name === undefined) return changes;
  const { added = [], dropped = [], renamed = [], ...rest } = changes;
  const others = renamed.filter((each) => each.before !== name.before && each.now !== name.now);
  // Where one of the two was taken for another column, that one came or went.
  const split = renamed.filter((each) => !others.includes(each));
  const came = [...added, ...split.map((each) => each.now)].filter((each) => each !== name.now);
  const went = [...dropped, ...split.map((each) => each.before)].filter((each) => each !== name.before);
  return {
    ...rest,
    ...(came.length > 0 && { added: came }),
    ...(went.length > 0 && { dropped: went }),
    renamed: [...others, name],
  };
}

/** A column of nulls without a type is not retyped when it gets one. */
function typeBeside(column: SideColumn, other: Side): string {
  if (column.type !== UNTYPED) return column.type;
  return other.columns.find(({ name }) => name === column.name)?.type ?? column.type;
}

/** Whether two boxes differ depends on the tolerance, and stands beside the tables anyway. */
function withoutBox({ bbox: _, ...changes }: DatasetChanges): DatasetChanges {
  return changes;
}

/** All but the largest number of columns that kept their order. */
function movedColumns(shared: readonly Change<SideColumn>[], before: readonly SideColumn[]): string[] {
  const places = new Map(before.map((column, i) => [column, i]));
  const order = shared.map((pair) => places.get(pair.before)!);
  /** At each length, where the run of that length ends that ends earliest. */
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [i, place] of order.entries()) {
    const found = ends.findIndex((end) => order[end]! > place);
    const length = found < 0 ? ends.length : found;
    previous[i] = ends[length - 1];
    ends[length] = i;
  }
  const kept = new Set<number>();
  for (let i = ends.at(-1); i !== undefined; i = previous[i]) kept.add(i);
  return shared.filter((_, i) => !kept.has(i)).map(({ now }) => now.name);
}
