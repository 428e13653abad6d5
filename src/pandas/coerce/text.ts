import { hasZone, type RelationColumn, withoutZone } from '../../relation/relation.ts';

/** SQL for a value's text, as pandas writes it. */
export function textOf(column: RelationColumn): string {
  const { expression, type } = column;
  if (type === 'VARCHAR') return expression;
  if (type === 'BOOLEAN') return `CASE WHEN ${expression} THEN 'True' WHEN NOT ${expression} THEN 'False' END`;
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const whole = `${expression} = trunc(${expression}) AND isfinite(${expression})`;
    // Negative zero has no digits to lose its sign with.
    return `CASE WHEN ${whole} THEN regexp_replace(format('{:.0f}', ${expression}), '^-0$', '0') ELSE CAST(${expression} AS VARCHAR) END`;
  }
  if (type.startsWith('TIMESTAMP')) return timestampText(column);
  // Python writes a fraction of a second by six digits.
  if (type === 'TIME') {
    const text = `CAST(${expression} AS VARCHAR)`;
    return `CASE WHEN contains(${text}, '.') THEN rpad(${text}, 15, '0') ELSE ${text} END`;
  }
  if (type === 'GEOMETRY') return `ST_AsText(${expression})`;
  return `CAST(${expression} AS VARCHAR)`;
}

function timestampText(column: RelationColumn): string {
  const micros = `CAST(${withoutZone(column)} AS TIMESTAMP)`;
  const fraction = `CASE WHEN microsecond(${micros}) % 1000000 <> 0 THEN strftime(${micros}, '.%f') ELSE '' END`;
  return `(strftime(${micros}, '%Y-%m-%d %H:%M:%S') || ${fraction}${hasZone(column) ? " || '+00:00'" : ''})`;
}
