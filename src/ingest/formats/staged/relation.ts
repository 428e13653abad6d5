import type { Engine } from '../../../engine/engine.ts';
import type { Crs } from '../../../relation/crs.ts';
import { noteAverage } from '../../../relation/geometry-size.ts';
import { GEOMETRY, INSTANT, type Relation, type RelationColumn } from '../../../relation/relation.ts';
import type { StagedRows } from './rows.ts';

/** A layer whose rows lie in a closed staging file. */
export interface StagedLayer {
  staged: StagedRows;
  /** Of the last column, which is WKB; undefined for a table without geometry. */
  geometry: { name: string; crs: Crs | undefined } | undefined;
  /** Columns whose moments are instants; others are what a clock showed. */
  instants: ReadonlySet<string>;
}

/** A layer as a relation, as pandas has it: whole numbers and truth values with a gap are doubles. */
export function stagedRelation(engine: Engine, layer: StagedLayer): Relation {
  const { staged, geometry } = layer;
  const columns = stagedColumns(layer).map((column, i): RelationColumn => {
    const hasGaps = staged.columns[i]!.nulls > 0 && /INT$|INTEGER|BOOLEAN/.test(column.type);
    return hasGaps ? { ...column, expression: `CAST(${column.expression} AS DOUBLE)`, type: 'DOUBLE' } : column;
  });
  if (!geometry) return { from: staged.scan, columns, where: [], geometry: undefined };
  const value = engine.newColumnName();
  const from = `(SELECT *, ST_GeomFromWKB(c${columns.length}) AS ${value} FROM ${staged.scan})`;
  noteAverage(engine, value, staged.averageBytes(staged.columns.at(-1)!));
  // GeoPandas calls the geometry so, over a field that has the name.
  const fields = columns.filter(({ name }) => name !== 'geometry');
  const column: RelationColumn = { name: `\0${geometry.name}`, expression: value, type: GEOMETRY };
  return { from, columns: [...fields, column], where: [], geometry: { column: column.name, crs: geometry.crs } };
}

/** The columns of a layer's staging file, without the geometry. */
export function stagedColumns({ staged, geometry, instants }: StagedLayer): RelationColumn[] {
  const attributes = geometry ? staged.columns.slice(0, -1) : staged.columns;
  return attributes.map(({ name }, i) =>
    instants.has(name)
      ? { name, expression: `timezone('UTC', c${i})`, type: INSTANT }
      : { name, expression: `c${i}`, type: staged.duckdbType(i) },
  );
}
