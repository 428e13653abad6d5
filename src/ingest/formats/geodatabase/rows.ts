import type { FormatContext } from '../format.ts';
import type { StagedColumn } from '../staged/column.ts';
import { StagedRows } from '../staged/rows.ts';
import { GeometryReader } from './geometry.ts';
import type { GdbTable } from './table.ts';
import { type ReadValue, valueReader } from './values.ts';

interface Step {
  /** Its place among the fields that can be null. */
  nullable: number | undefined;
  read: ReadValue;
  column: StagedColumn | undefined;
}

/**
 * Puts a table's rows into a staging file: its fields in their order, the geometry last.
 *
 * @param exactMoments fields whose moments keep parts of a second
 * @throws LifecycleError ING_*
 */
export async function stageTable(
  table: GdbTable,
  exactMoments: ReadonlySet<string>,
  context: FormatContext,
): Promise<StagedRows> {
  const readers = table.fields.map((field) => valueReader(field, { isUtf8: table.isUtf8, exactMoments }));
  const attributes = table.fields.flatMap(({ name }, i) => {
    const { type } = readers[i]!;
    return type ? [{ name, type }] : [];
  });
  const grid = table.fields.find(({ type }) => type === 'geometry')?.grid;
  const geometry = grid ? [{ name: 'geometry', type: 'bytes' as const }] : [];
  const staged = await StagedRows.create(context, [...attributes, ...geometry]);
  try {
    const steps = stepsOf(table, readers, staged, grid && new GeometryReader(grid));
    await table.each((row) => {
      for (const { nullable, read, column } of steps) {
        if (nullable !== undefined && row.isNull(nullable)) column?.addNull();
        else read(row.cursor, column);
      }
      if (!staged.endRow()) return undefined;
      context.signal.throwIfAborted();
      return staged.flush();
    });
  } finally {
    await staged.close();
  }
  return staged;
}

function stepsOf(
  table: GdbTable,
  readers: readonly { type: unknown; read: ReadValue }[],
  staged: StagedRows,
  geometry: GeometryReader | undefined,
): Step[] {
  let nullables = 0;
  let columns = 0;
  return table.fields.map((field, i) => {
    const { type, read } = readers[i]!;
    const nullable = field.isNullable ? nullables++ : undefined;
    if (field.type !== 'geometry' || !geometry)
      return { nullable, read, column: type ? staged.columns[columns++] : undefined };
    return { nullable, read: geometryValue(geometry), column: staged.columns.at(-1) };
  });
}

function geometryValue(geometry: GeometryReader): ReadValue {
  return (cursor, column) => {
    const length = cursor.varuint();
    const start = cursor.take(length);
    // What reads it must not go beyond.
    const end = cursor.end;
    cursor.at = start;
    cursor.end = start + length;
    const wkb = geometry.read(cursor);
    cursor.at = start + length;
    cursor.end = end;
    if (wkb) column!.addBytes(wkb);
    else column!.addNull();
  };
}
