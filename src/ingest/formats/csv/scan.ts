import { literal, literalList } from '../../../engine/sql.ts';
import { ASSUMPTION } from '../../../relation/assumption.ts';
import type { CsvHead } from './head.ts';
import type { CsvOptions } from './options.ts';
import type { RegularCsv } from './regular.ts';

/** What stands behind FROM to read a CSV file with DuckDB: all fields as text, called `c0`, `c1`, … */
export interface CsvScan {
  from: string;
  /** The same for the first few rows: a scan that is cheap to begin. */
  beginning: string;
  /** Whether a row that is not as it should be may still come up while the scan is read. */
  checked: boolean;
  /** Whether all of the scan may be read where fields have line breaks; its beginning may be in any case. */
  takesLineBreaks: boolean;
}

/** What DuckDB takes by itself. Sixteen lines of this length are one buffer, and a buffer is one thread's work. */
const USUAL_LINE_BYTES = 2_000_000;
const USUAL_BUFFER_BYTES = 16 * USUAL_LINE_BYTES;
/** A piece to begin with; DuckDB would read 32 MB for the first row. */
const BEGINNING_BYTES = 2 * USUAL_LINE_BYTES;
/** No null token: DuckDB wants one, so it gets one that no text file holds. */
const NO_NULL_TOKEN = '\u0001\u0002\u0001';

/** Of a file that is known to be regular. */
export function strictScan(
  file: string,
  options: CsvOptions,
  head: CsvHead,
  header: boolean,
  layout: RegularCsv,
): CsvScan {
  const nulls = options.nullTokens.length > 0 ? options.nullTokens : [NO_NULL_TOKEN];
  const lineEnd = layout.lineEnd === '\n' ? '\\n' : '\\r\\n';
  const longest = Math.max(USUAL_LINE_BYTES, layout.longest + 2);
  const scan = (...more: string[]) =>
    readCsv(file, options, fieldNames(head), [
      `header = ${header}`,
      `nullstr = ${literalList(nulls)}`,
      `new_line = ${literal(lineEnd)}`,
      `max_line_size = ${longest}`,
      ...more,
    ]);
  // Sixteen of very long lines would be more than there is memory for.
  const from = longest > USUAL_LINE_BYTES ? scan(`buffer_size = ${Math.max(2 * longest, USUAL_BUFFER_BYTES)}`) : scan();
  return { from, beginning: scan(`buffer_size = ${2 * longest}`), checked: true, takesLineBreaks: true };
}

/**
 * Of a file that nobody has looked through: short rows are padded, as pandas pads them, and a row that is too long or
 * holds nothing but blanks ends the work. DuckDB by itself drops a surplus field without a word if it is empty or the
 * beginning of a null token, such as N; so there is one column more, which must stay null. (What remains is a surplus
 * field that is nothing or a whole null token: `readsAsPandas` looks for those.)
 * Line breaks in quotes end the work as well: DuckDB cannot pad and read in parallel where there are some.
 */
export function paddedScan(file: string, options: CsvOptions, head: CsvHead, header: boolean): CsvScan {
  const fields = fieldNames(head);
  const { nullTokens } = options;
  const values = fields.map((field) => (nullTokens.includes('') ? field : `coalesce(${field}, '') AS ${field}`));
  const odd = `surplus IS NOT NULL OR ${fields[1]} IS NULL AND ${fields.at(-1)} IS NULL AND trim(c0, ${literal(' \t')}) = ''`;
  const check = `CASE WHEN ${odd} THEN error(${literal(ASSUMPTION)}) ELSE true END`;
  const scan = (...more: string[]) => {
    const rows = readCsv(
      file,
      options,
      [...fields, 'surplus'],
      [
        `header = ${header}`,
        `nullstr = ${literalList(nullTokens.length > 0 ? nullTokens : [NO_NULL_TOKEN])}`,
        'null_padding = true',
        `max_line_size = ${USUAL_LINE_BYTES}`,
        ...more,
      ],
    );
    return `(SELECT ${values.join(', ')} FROM ${rows} WHERE ${check})`;
  };
  return { from: scan(), beginning: scan(`buffer_size = ${BEGINNING_BYTES}`), checked: false, takesLineBreaks: false };
}

const fieldNames = (head: CsvHead) => Array.from({ length: head.width }, (_, i) => `c${i}`);

function readCsv(file: string, options: CsvOptions, fields: readonly string[], settings: readonly string[]): string {
  const { delimiter, quote = '' } = options.dialect;
  const columns = fields.map((field) => `${field}: 'VARCHAR'`).join(', ');
  const dialect = `delim = ${literal(delimiter)}, quote = ${literal(quote)}, escape = ${literal(quote)}`;
  return `read_csv(${literal(file)}, auto_detect = false, columns = {${columns}}, ${dialect}, compression = 'none', ${settings.join(', ')})`;
}
