import { crs } from '../crs-field.ts';
import { type Field, INVALID, nullable, oneOf, refuse, taking, text } from '../fields.ts';
import { modelOf, optional, required } from '../map-fields.ts';

/** What is empty is not written to the engine's files, and then missing when they are read. */
const filledText: Field<string> = taking({ words: 'text' }, (node, at, reading) => {
  const value = text(node, at, reading);
  return value === '' ? refuse(reading, at, node, 'missing', 'the field is empty, which is as good as missing') : value;
});

const filledCrs: Field<string> = taking({ words: 'a CRS' }, (node, at, reading) =>
  filledText(node, at, reading) === INVALID ? INVALID : crs(node, at, reading),
);

interface PointColumns {
  x: string;
  y: string;
}

const pointColumns = modelOf<PointColumns>({
  fields: { x: required(filledText), y: required(filledText) },
  unknown: 'refuse',
});

interface PointText {
  point_xy_str: string;
}

const pointText = modelOf<PointText>({
  fields: { point_xy_str: required(text) },
  unknown: 'refuse',
  check: ({ point_xy_str: pattern }) =>
    pattern.split('x').length === 2 && pattern.split('y').length === 2
      ? undefined
      : '`point_xy_str` must hold exactly one x and exactly one y, as in "(y, x)"',
});

const geometryFormat: Field<'wkt' | 'wkb' | PointText> = taking(
  { words: 'wkt, wkb or `{point_xy_str: "(y, x)"}`' },
  (node, at, reading) => (node.kind === 'map' ? pointText(node, at, reading) : oneOf('wkt', 'wkb')(node, at, reading)),
);

const geomColumn: Field<string | PointColumns> = taking({ words: 'text or `{x: …, y: …}`' }, (node, at, reading) =>
  node.kind === 'map' ? pointColumns(node, at, reading) : filledText(node, at, reading),
);

/** Where a table has its geometry. */
export interface GeometryOption {
  crs: string;
  format: 'wkt' | 'wkb' | PointText | null;
  geom_column: string | PointColumns;
}

/** The order of the fields is that of the department's files. */
export const geometryOption: Field<GeometryOption | null> = nullable(
  modelOf<GeometryOption>({
    fields: {
      crs: required(filledCrs),
      format: optional(nullable(geometryFormat), () => null),
      geom_column: required(geomColumn),
    },
    unknown: 'refuse',
  }),
);
