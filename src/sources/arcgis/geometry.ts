/** A value that stands for no number: `"NaN"`, `NaN`, `Infinity`, null, as text or bare. */
const NO_NUMBER = /"\s*(?:NaN|-?Inf(?:inity)?|null|)\s*"|-?\b(?:NaN|Infinity)\b|\bnull\b/gi;
const EMPTY_OBJECT = /^\{\s*\}$/;

export interface Cleaned {
  /** GeoJSON text; `null` where there is no geometry. */
  text: string;
  /** Some of its coordinates were numbers, and are lost with those that were none. */
  isLoss: boolean;
}

/**
 * A geometry without coordinates that are no numbers. Services write so what is empty, and heights that they do not
 * have; where one corner of many is none, the feature is kept without its geometry.
 * @throws SyntaxError
 */
export function cleaned(geometry: string): Cleaned {
  if (EMPTY_OBJECT.test(geometry)) return { text: 'null', isLoss: false };
  NO_NUMBER.lastIndex = 0;
  if (geometry === 'null' || !NO_NUMBER.test(geometry)) return { text: geometry, isLoss: false };
  const value = JSON.parse(geometry.replace(NO_NUMBER, 'null')) as unknown;
  const positions = [...positionsIn(value)];
  const known = positions.map((position) => {
    const first = position.findIndex((number) => typeof number !== 'number');
    return first === -1 ? position.length : first;
  });
  const dimensions = known.reduce((least, length) => Math.min(least, length), Infinity);
  if (positions.length === 0 || dimensions < 2) return { text: 'null', isLoss: known.some((length) => length > 0) };
  if (positions.every((position, i) => position.length === known[i])) return { text: geometry, isLoss: false };
  // A height is missing somewhere: a geometry has one everywhere or nowhere.
  for (const position of positions) position.length = dimensions;
  return { text: JSON.stringify(value), isLoss: false };
}

/** The innermost lists of `coordinates`, also of the parts of a collection. */
function* positionsIn(value: unknown): Generator<unknown[]> {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((part) => !Array.isArray(part) && !isObject(part))) yield value;
    else for (const part of value) yield* positionsIn(part);
  } else if (isObject(value)) {
    yield* positionsIn(value.coordinates ?? []);
    yield* positionsIn(value.geometries ?? []);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
