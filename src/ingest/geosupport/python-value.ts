import { pythonFloat } from '../formats/python-json.ts';

/**
 * A value as Python's str() writes it, as the department's engine hands it to Geosupport.
 *
 * @param value as JSON has it, BIGINT as text; null is pandas' `nan`
 * @param type DuckDB's name of the column's type
 */
export function pythonText(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'nan';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' && (type === 'DOUBLE' || type === 'FLOAT') ? pythonFloat(value) : String(value);
}
