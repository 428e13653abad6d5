import { NULL_TOKENS } from '../../pandas/null-tokens.ts';

/** A release's source_data_versions.csv, read as pandas reads it with every column as text. */
interface PreviousRelease {
  /** Version by dataset id; null where the version is one of pandas' words for a missing value. */
  versions: Map<string, string | null>;
}

export class ReleaseColumnProblem extends Error {}

const MISSING = new Set(NULL_TOKENS);

/** @throws ReleaseColumnProblem when no column holds the ids or the versions */
export function readReleaseCsv(text: string): PreviousRelease {
  const [header = [], ...rows] = parseCsv(text.replace(/^\ufeff/, ''));
  const column = (...names: string[]) => names.map((name) => header.indexOf(name)).find((place) => place !== -1);
  const id = column('schema_name', 'dataset');
  const version = column('v', 'version');
  if (id === undefined || version === undefined) {
    const wanted = id === undefined ? 'schema_name or dataset' : 'v or version';
    throw new ReleaseColumnProblem(`there is no column ${wanted}; its columns are ${header.join(', ')}`);
  }
  const versions = new Map<string, string | null>();
  for (const row of rows) {
    const key = row[id] ?? '';
    const value = row[version] ?? '';
    if (!MISSING.has(key)) versions.set(key, MISSING.has(value) ? null : value);
  }
  return { versions };
}

/** RFC 4180; blank lines are skipped, as pandas skips them. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  let started = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    if (started || row.length > 0) {
      endField();
      rows.push(row);
    }
    row = [];
    started = false;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (character === '"' && field === '') {
      quoted = true;
      started = true;
    } else if (character === ',') {
      started = true;
      endField();
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[i + 1] === '\n') i++;
      endRow();
    } else {
      started = true;
      field += character;
    }
  }
  endRow();
  return rows;
}

/** One line of a CSV: quoted only where needed, CRLF at the end, null as nothing. */
export function csvLine(fields: readonly (string | null)[]): string {
  const cells = fields.map((field) => {
    const text = field ?? '';
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(',')}\r\n`;
}
