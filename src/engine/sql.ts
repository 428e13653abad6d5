/** An SQL identifier of any text. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL string literal of any text. DuckDB keeps NUL out of literals, so it is spelled by chr(). */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes('\0') ? `(${quoted.split('\0').join("' || chr(0) || '")})` : quoted;
}

/** A JavaScript value as an SQL literal of the matching type; whole numbers become BIGINT, others DOUBLE. */
export function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return `${value}::BIGINT`;
  if (typeof value === 'number') {
    return Number.isInteger(value) && Number.isSafeInteger(value)
      ? `${value}::BIGINT`
      : `${literal(String(value))}::DOUBLE`;
  }
  return literal(String(value));
}

/** `[a, b]` as a DuckDB list of string literals. */
export function literalList(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** Whether a text is one of these. IN becomes a join where there are many, and a join does not keep the order of rows. */
export function isOneOf(text: string, these: readonly string[]): string {
  return `list_contains(${literalList(these)}, ${text})`;
}

/**
 * True of a text that DuckDB's cast to DOUBLE takes for a number and nobody else does: `1_000`, `+-1`. Signs and blanks, but
 * not minus, come before the comma, and few numbers begin with one.
 */
export function isOddNumber(text: string): string {
  return `(contains(${text}, '_') OR (${text} < ',' AND contains(${text}, '+-')))`;
}

/** A regular expression, in DuckDB's syntax, that means the text itself. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
