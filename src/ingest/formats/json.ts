import { readFile } from 'node:fs/promises';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { type NormalizeOptions, normalize } from './json-normalize.ts';
import { readRecords } from './json-record-files.ts';
import { addedOneByOne, gathered, type JsonTable } from './json-table.ts';
import { soleMember } from './members.ts';
import { decoded, parseJson } from './python-json.ts';
import { readJson } from './read-json.ts';

export async function read(file: string, format: FormatArguments<'json'>, context: FormatContext): Promise<Relation> {
  const bytes = await readFile(await soleMember(file, context));
  const options = format.json_read_kwargs;
  if (format.json_read_fn !== 'normalize') return readJson(bytes, options, context);
  return (await normalized(bytes, options as NormalizeOptions, context)).relation();
}

const keepAll = () => 'kept' as const;

/** What nests in lists is kept as JSON text. */
async function normalized(bytes: Buffer, options: NormalizeOptions, context: FormatContext): Promise<JsonTable> {
  const { sep, max_level, ...others } = options;
  const isPlain = Object.keys(others).length === 0;
  const found = isPlain
    ? await gathered(context, keepAll, (table) =>
        readRecords(bytes, { depth: max_level ?? Number.POSITIVE_INFINITY, separator: sep ?? '.' }, table),
      )
    : undefined;
  return found ?? addedOneByOne(normalize(parseJson(decoded(bytes)), options), keepAll, context);
}
