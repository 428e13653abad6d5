import type { Engine } from '../../../engine/engine.ts';
import { parseDateColumn } from '../../../pandas/dates/coerce.ts';
import { shapeOfFormat } from '../../../pandas/dates/format-shape.ts';
import { type DateShape, guessDateShape } from '../../../pandas/dates/guess.ts';
import type { Relation } from '../../../relation/relation.ts';
import type { CsvOptions } from './options.ts';

type DateOptions = Pick<CsvOptions, 'dateFormat' | 'dayFirst'>;

/** A column of `parse_dates`; `firstRows`, where given, stand for all. */
export function parseDates(
  engine: Engine,
  relation: Relation,
  name: string,
  options: DateOptions,
  firstRows: Relation | undefined,
): Promise<Relation> {
  return parseDateColumn(engine, relation, name, dateShapeOf(name, options), firstRows);
}

/** How dates of a column are written, where the options say it. */
function dateShapeOf(
  name: string,
  { dateFormat, dayFirst }: DateOptions,
): ((first: string) => DateShape | undefined) | undefined {
  const format = typeof dateFormat === 'string' ? dateFormat : dateFormat?.[name];
  if (format !== undefined && format !== 'ISO8601') {
    const shape = shapeOfFormat(format);
    return () => shape;
  }
  return dayFirst ? (first) => guessDateShape(first, true) : undefined;
}
