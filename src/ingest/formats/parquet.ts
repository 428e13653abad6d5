import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import type { FormatContext } from './format.ts';

export async function read(file: string, _format: FileFormat, context: FormatContext): Promise<Relation> {
  return readParquet(context.engine, file);
}

/**
 * A parquet file as a plain table: a geometry is what it is stored as, well-known binary.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readParquet(engine: Engine, file: string): Promise<Relation> {
  const from = `read_parquet(${literal(file)})`;
  try {
    const described = await engine.describe(`SELECT * FROM ${from}`);
    const columns: RelationColumn[] = [];
    for (const { name, type } of described) {
      const expression = identifier(name);
      if (type.startsWith('GEOMETRY')) {
        await engine.load('spatial');
        columns.push({ name, expression: `ST_AsWKB(${expression})`, type: 'BLOB' });
      } else columns.push({ name, expression, type });
    }
    return { from, columns: await originalNames(engine, file, columns), where: [], geometry: undefined };
  } catch (cause) {
    throw new LifecycleError('ING_BAD_FILE', 'the file cannot be read as parquet', {
      cause,
      hint: 'check the file at its source',
    });
  }
}

/** DuckDB tells columns apart by more than case and renames the second of `ID` and `id`; the file knows better. */
async function originalNames(engine: Engine, file: string, columns: RelationColumn[]): Promise<RelationColumn[]> {
  const schema = await engine.rows(`SELECT name, num_children FROM parquet_schema(${literal(file)})`);
  const flat = schema.slice(1);
  if (flat.length !== columns.length) return columns;
  return columns.map((column, i) => ({ ...column, name: String(flat[i]!.name) }));
}
