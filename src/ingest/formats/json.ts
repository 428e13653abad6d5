import { readFile } from 'node:fs/promises';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { flattenInto, type NormalizeOptions, normalize } from './json-normalize.ts';
import { cellOf } from './json-values.ts';
import { soleMember } from './members.ts';
import { decoded, eachItem, parseJson } from './python-json.ts';
import { readJson } from './read-json.ts';
import { ColumnCollector, relationOf } from './value-columns.ts';

export async function read(file: string, format: FormatArguments<'json'>, context: FormatContext): Promise<Relation> {
  const bytes = await readFile(await soleMember(file, context));
  const options = format.json_read_kwargs;
  if (format.json_read_fn !== 'normalize') return readJson(bytes, options, context);
  const collector = normalized(decoded(bytes), options as NormalizeOptions);
  return relationOf(collector.columns(), collector.rows, context);
}

/** What nests in lists is kept as JSON text. */
function normalized(text: string, options: NormalizeOptions): ColumnCollector {
  return listOfRecords(text, options) ?? anyRecords(text, options);
}

/** Record by record; undefined where the text is no list of objects, or more is asked for than that. */
function listOfRecords(text: string, options: NormalizeOptions): ColumnCollector | undefined {
  if (!Object.keys(options).every((name) => name === 'sep' || name === 'max_level')) return undefined;
  const collector = new ColumnCollector();
  const isList = eachItem(text, (item) => {
    collector.beginRow();
    flattenInto(item, options, (name, value) => collector.set(name, cellOf(value)));
  });
  return isList ? collector : undefined;
}

function anyRecords(text: string, options: NormalizeOptions): ColumnCollector {
  const collector = new ColumnCollector();
  for (const record of normalize(parseJson(text), options)) {
    collector.beginRow();
    for (const [name, value] of record) collector.set(name, cellOf(value));
  }
  return collector;
}
