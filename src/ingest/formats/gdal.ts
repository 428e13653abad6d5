import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { type Crs, crsFromGdal } from '../crs.ts';
import { GEOMETRY, overTable, type Relation, type RelationColumn } from '../relation.ts';

/** One layer of a file that GDAL reads. */
export interface Layer {
  name: string;
  fields: { name: string; type: string; subtype: string }[];
  /** Undefined for a table without geometry. */
  geometry: { name: string; crs: Crs | undefined } | undefined;
}

interface MetaLayer {
  name: string;
  fields: { name: string; type: string; subtype: string }[] | null;
  geometry_fields: { name: string; crs: Parameters<typeof crsFromGdal>[0] }[] | null;
}

/**
 * The layers of a file. The caller has looked at the path first: GDAL may end the process over one that is no data set.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readLayers(engine: Engine, file: string): Promise<Layer[]> {
  await engine.load('spatial');
  try {
    const rows = await engine.rows(`SELECT layers FROM ST_Read_Meta(${literal(file)})`);
    return ((rows[0]?.layers ?? []) as MetaLayer[]).map((layer) => {
      const geometry = layer.geometry_fields?.[0];
      return {
        name: layer.name,
        fields: layer.fields ?? [],
        geometry: geometry && { name: geometry.name || 'geom', crs: crsFromGdal(geometry.crs) },
      };
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', 'the file cannot be read as geographic data', {
    cause,
    hint: 'open it with ogrinfo or QGIS; it may be cut off or of another format than the template says',
  });
}

/**
 * Reads one layer as pyogrio does: fields in layer order, the geometry last; integers and truth values with nulls
 * become doubles, dates become timestamps.
 *
 * @param dates whether the format's moments are clock times or instants
 */
export async function readLayer(
  engine: Engine,
  file: string,
  layer: Layer,
  openOptions: readonly string[],
  dates: 'local' | 'UTC' = 'local',
): Promise<Relation> {
  const arguments_ = [
    literal(file),
    `layer := ${literal(layer.name)}`,
    ...(openOptions.length > 0 ? [`open_options := [${openOptions.map(literal).join(', ')}]`] : []),
  ];
  const scan = `ST_Read(${arguments_.join(', ')})`;
  try {
    const described = await engine.describe(`SELECT * FROM ${scan}`);
    const geometryColumn = described.find((column) => column.type.startsWith('GEOMETRY'))?.name;
    // ST_Read adds the feature id, which is no field of the file.
    const isFeatureId = (name: string, i: number) => i === 0 && !layer.fields.some((field) => field.name === name);
    const attributes = described.filter((column, i) => column.name !== geometryColumn && !isFeatureId(column.name, i));
    const expressions = attributes.map((column, i) => `${identifier(column.name)} AS c${i}`);
    if (geometryColumn) expressions.push(`CAST(${identifier(geometryColumn)} AS GEOMETRY) AS c${attributes.length}`);
    const table = await engine.materialize(`SELECT ${expressions.join(', ')} FROM ${scan}`);
    const typed = await pandasTypes(engine, table, attributes, dates);
    const relation = overTable(table, attributes);
    const columns: RelationColumn[] = relation.columns.map((column, i) => ({ ...column, ...typed[i] }));
    if (!geometryColumn) return { ...relation, columns };
    // GeoPandas calls the geometry so, over a field that has the name.
    const fields = columns.filter((column) => column.name !== 'geometry');
    const name = layer.geometry?.name ?? 'geom';
    const geometry: RelationColumn = { name: `\0${name}`, expression: `c${attributes.length}`, type: GEOMETRY };
    return {
      ...relation,
      columns: [...fields, geometry],
      geometry: { column: geometry.name, crs: layer.geometry?.crs },
    };
  } catch (cause) {
    if (cause instanceof LifecycleError) throw cause;
    throw unreadable(cause);
  }
}

/** pandas has no nulls in plain integers and truth values: a null makes the column doubles. */
async function pandasTypes(
  engine: Engine,
  table: string,
  columns: readonly { type: string }[],
  dates: 'local' | 'UTC',
): Promise<Partial<RelationColumn>[]> {
  const nullable = columns
    .map((column, i) => ({ i, type: column.type }))
    .filter(({ type }) => /INT|BOOLEAN/.test(type) && !type.endsWith(']'));
  const nulls =
    nullable.length > 0
      ? await engine.row(
          `SELECT ${nullable.map(({ i }) => `count(*) - count(c${i}) AS n${i}`).join(', ')} FROM ${table}`,
        )
      : {};
  return columns.map((column, i) => {
    if (Number(nulls[`n${i}`] ?? 0) > 0) return { expression: `CAST(c${i} AS DOUBLE)`, type: 'DOUBLE' };
    if (dates === 'UTC' && /^(DATE$|TIMESTAMP)/.test(column.type) && column.type !== 'TIMESTAMP WITH TIME ZONE') {
      return { expression: `timezone('UTC', CAST(c${i} AS TIMESTAMP))`, type: 'TIMESTAMP WITH TIME ZONE' };
    }
    if (column.type === 'DATE') return { expression: `CAST(c${i} AS TIMESTAMP)`, type: 'TIMESTAMP' };
    return {};
  });
}
