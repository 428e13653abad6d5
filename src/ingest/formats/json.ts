import { readFile } from 'node:fs/promises';
import type { FileFormat } from '../../project/project.ts';
import type { Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { type NormalizeOptions, normalize } from './json-normalize.ts';
import { cellOf } from './json-values.ts';
import { soleMember } from './members.ts';
import { decoded, type PythonJson, parseJson } from './python-json.ts';
import { readJson } from './read-json.ts';
import { relationOf, type ValueColumn } from './value-columns.ts';
import type { Value } from './values.ts';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const bytes = await readFile(await soleMember(file, context));
  const options = (format.json_read_kwargs ?? {}) as Record<string, unknown>;
  if (format.json_read_fn !== 'normalize') return readJson(bytes, options, context);
  return table(normalize(parseJson(decoded(bytes)), options as NormalizeOptions), context);
}

/** Columns in the order in which their names first appear; what nests is kept as JSON text. */
async function table(records: readonly Map<string, PythonJson>[], context: FormatContext): Promise<Relation> {
  const columns = new Map<string, ValueColumn>();
  records.forEach((record, row) => {
    for (const [name, value] of record) {
      let column = columns.get(name);
      if (!column) {
        column = { name, values: new Array<Value>(records.length).fill(null) };
        columns.set(name, column);
      }
      column.values[row] = cellOf(value);
    }
  });
  return relationOf([...columns.values()], records.length, context);
}
