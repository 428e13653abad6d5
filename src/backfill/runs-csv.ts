import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { plural } from '../counts.ts';
import { LifecycleError } from '../errors.ts';
import { parseVersion } from '../ids.ts';
import { RUNNERS } from '../project/runner.ts';
import { closest } from '../suggest.ts';
import type { RunParameters } from './batch-record.ts';

/** A row of the file: one run. */
export interface RunRow {
  template: string;
  version: string;
  parameters: RunParameters;
  line: number;
}

type Cell = (text: string) => RunParameters | string;

function yesOrNo(name: 'overwrite' | 'accept' | 'csv' | 'latest'): Cell {
  return (text) => {
    if (/^(yes|true|1)$/i.test(text)) return { [name]: true };
    return /^(no|false|0)$/i.test(text) ? { [name]: false } : 'it is neither yes nor no';
  };
}

const word: (name: 'mode', text: string) => RunParameters | string = (name, text) =>
  /^[A-Za-z0-9_.-]{1,100}$/.test(text) ? { [name]: text } : 'use letters, digits and . _ -';

/** What each column beside template and version says; a text is what is wrong with it. */
const COLUMNS: Readonly<Record<string, (text: string, dir: string) => RunParameters | string>> = {
  mode: (text) => word('mode', text),
  file: (text, dir) => ({ file: path.resolve(dir, text) }),
  datasets: (text) => ({ datasets: text.split(/\s+/) }),
  latest: yesOrNo('latest'),
  overwrite: yesOrNo('overwrite'),
  accept: yesOrNo('accept'),
  csv: yesOrNo('csv'),
  runner: (text) =>
    (RUNNERS as readonly string[]).includes(text) ? { runner: text } : `there are ${RUNNERS.join(', ')}`,
};
const ALL = ['template', 'version', ...Object.keys(COLUMNS)];

interface CsvRow {
  line: number;
  cells: { text: string; column: number }[];
}

/**
 * Reads the runs of a batch from a CSV file with a header. Paths in it are relative to its folder.
 *
 * @throws LifecycleError LIF_BAD_RUNS_FILE with the place of the first thing that is wrong
 */
export async function readRunsCsv(file: string): Promise<RunRow[]> {
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    const isText = cause instanceof TypeError;
    const message = isText ? `${file} is no text in UTF-8` : `${file} cannot be read`;
    const hint = isText ? 'save it as "CSV UTF-8"' : 'name a CSV file with the columns template and version';
    throw new LifecycleError('LIF_BAD_RUNS_FILE', message, { cause, hint });
  }
  const fault = (line: number, column: number, message: string, hint?: string) =>
    new LifecycleError('LIF_BAD_RUNS_FILE', message, { place: { file, line, column }, hint });
  const [header, ...rows] = rowsOf(content, fault);
  const names = header?.cells.map(({ text }) => text.trim().toLowerCase()) ?? [];
  for (const [i, name] of names.entries()) {
    const { column } = header!.cells[i]!;
    if (!ALL.includes(name)) {
      const near = closest(name, ALL);
      const separator = names.length === 1 ? /[;\t|]/.exec(name)?.[0] : undefined;
      if (separator !== undefined) {
        const message = `columns are separated by commas here, and by ${JSON.stringify(separator)} in this file`;
        throw fault(header!.line, column, message, 'save it as a CSV with commas');
      }
      const hint = near ? `did you mean ${near}?` : `there are: ${ALL.join(', ')}`;
      throw fault(header!.line, column, `there is no column ${JSON.stringify(name)}`, hint);
    }
    if (names.indexOf(name) !== i) throw fault(header!.line, column, `the column ${name} stands twice`);
  }
  for (const name of ['template', 'version']) {
    if (!names.includes(name)) throw fault(1, 1, `the column ${name} is missing`, 'the first line names the columns');
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw fault(line, 1, `${plural(cells.length, 'field')} in this row, and ${names.length} in the header`);
    }
    const row: RunRow = { template: '', version: '', parameters: {}, line };
    for (const [i, { text, column }] of cells.entries()) {
      const [name, value] = [names[i]!, text.trim()];
      if (name === 'template') row.template = value;
      else if (name === 'version') {
        try {
          row.version = parseVersion(value);
        } catch (error) {
          if (!(error instanceof LifecycleError)) throw error;
          throw fault(line, column, error.message, error.hint);
        }
      } else if (value !== '') {
        const said = COLUMNS[name]!(value, path.dirname(path.resolve(file)));
        if (typeof said === 'string') {
          throw fault(line, column, `${JSON.stringify(value.slice(0, 120))} cannot be ${name}: ${said}`);
        }
        Object.assign(row.parameters, said);
      }
    }
    return row;
  });
}

/** The rows of a CSV text, those that are empty left out; a field may be quoted and hold line breaks. */
function rowsOf(content: string, fault: (line: number, column: number, message: string) => LifecycleError): CsvRow[] {
  const rows: CsvRow[] = [];
  const text = content.replace(/^\ufeff/, '');
  let [line, lineStart, at] = [1, 0, 0];
  while (at < text.length) {
    const row: CsvRow = { line, cells: [] };
    for (;;) {
      const column = at - lineStart + 1;
      let field: string;
      if (text[at] === '"') {
        const quoted = /"((?:[^"]|"")*)"/y;
        quoted.lastIndex = at;
        const match = quoted.exec(text);
        if (!match) throw fault(line, column, 'a quote is opened here and not closed');
        field = match[1]!.replaceAll('""', '"');
        at = quoted.lastIndex;
        const breaks = match[0].split('\n').length - 1;
        if (breaks > 0) [line, lineStart] = [line + breaks, text.lastIndexOf('\n', at - 1) + 1];
        if (at < text.length && !/[,\r\n]/.test(text[at]!)) {
          throw fault(line, at - lineStart + 1, 'after a closing quote there is more than a comma');
        }
      } else {
        const plain = /[^,\r\n]*/y;
        plain.lastIndex = at;
        field = plain.exec(text)![0];
        at += field.length;
      }
      row.cells.push({ text: field, column });
      if (text[at] !== ',') break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    lineStart = at;
    if (row.cells.length > 1 || row.cells[0]!.text.trim() !== '') rows.push(row);
  }
  return rows;
}
