import {
  BLOB,
  DOUBLE,
  type DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBScalarFunctionInfo,
  type DuckDBVector,
} from '@duckdb/node-api';
import { shapeDistance } from './compare.ts';

function carryOut(info: DuckDBScalarFunctionInfo, chunk: DuckDBDataChunk, output: DuckDBVector): void {
  const [first, second, tolerance] = [0, 1, 2].map((column) => chunk.getColumnVector(column));
  try {
    for (let row = 0; row < chunk.rowCount; row++) {
      const a = first!.getItem(row) as DuckDBBlobValue | null;
      const b = second!.getItem(row) as DuckDBBlobValue | null;
      output.setItem(row, a && b && shapeDistance(a.bytes, b.bytes, tolerance!.getItem(row) as number));
    }
    output.flush();
  } catch (error) {
    info.setError(`two shapes cannot be compared: ${(error as Error).message}`);
  }
}

/** `lifecycle_shape_distance(wkb, wkb, tolerance)`: see `shapeDistance`. */
export function shapeFunctions(): DuckDBScalarFunction[] {
  return [
    DuckDBScalarFunction.create({
      name: 'lifecycle_shape_distance',
      mainFunction: carryOut,
      returnType: DOUBLE,
      parameterTypes: [BLOB, BLOB, DOUBLE],
    }),
  ];
}
