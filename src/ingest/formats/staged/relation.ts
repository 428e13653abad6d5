import type { Crs } from '../../crs.ts';
import { GEOMETRY, type Relation, type RelationColumn } from '../../relation.ts';
import type { StagedRows } from './rows.ts';

/**
 * Rows in a closed staging file as a relation, as pandas has them: whole numbers and truth values with a gap are doubles.
 * The last column is the geometry, as WKB, where `geometry` is given.
 */
export function stagedRelation(staged: StagedRows, geometry?: { name: string; crs: Crs | undefined }): Relation {
  const attributes = geometry ? staged.columns.slice(0, -1) : staged.columns;
  const columns: RelationColumn[] = attributes.map(({ name, nulls }, i) => {
    const type = staged.duckdbType(i);
    const becomesDouble = nulls > 0 && /INT$|INTEGER|BOOLEAN/.test(type);
    return becomesDouble
      ? { name, expression: `CAST(c${i} AS DOUBLE)`, type: 'DOUBLE' }
      : { name, expression: `c${i}`, type };
  });
  if (!geometry) return { from: staged.scan, columns, where: [], geometry: undefined };
  const last = attributes.length;
  const from = `(SELECT * REPLACE (ST_GeomFromWKB(c${last}) AS c${last}) FROM ${staged.scan})`;
  // GeoPandas calls the geometry so, over a field that has the name.
  const fields = columns.filter(({ name }) => name !== 'geometry');
  const column: RelationColumn = { name: `\0${geometry.name}`, expression: `c${last}`, type: GEOMETRY };
  return { from, columns: [...fields, column], where: [], geometry: { column: column.name, crs: geometry.crs } };
}
