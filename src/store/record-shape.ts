/** Looks at a value that was read. Undefined where it is as it should be, else the field that is not, `''` for itself. */
export type Shape = (value: unknown) => string | undefined;

const when =
  (holds: (value: unknown) => boolean): Shape =>
  (value) =>
    holds(value) ? undefined : '';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = when((value) => typeof value === 'string');
export const amount = when((value) => typeof value === 'number');
export const truth = when((value) => typeof value === 'boolean');
export const object = when(isObject);
export const time = when((value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)));
/** A path that leads nowhere but further down. */
export const pathBelow = when(
  (value) => typeof value === 'string' && value.split('/').every((part) => !['', '.', '..'].includes(part)),
);

export const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null ? undefined : shape(value);

export const orAbsent =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined ? undefined : shape(value);

export function list(shape: Shape): Shape {
  return (value) =>
    Array.isArray(value)
      ? firstFault(
          value.entries(),
          (index) => `[${index}]`,
          () => shape,
        )
      : '';
}

/** A map whose keys are no fields. */
export function each(shape: Shape): Shape {
  return (value) =>
    isObject(value)
      ? firstFault(
          Object.entries(value as object),
          (key) => `.${key}`,
          () => shape,
        )
      : '';
}

/** Further fields are none of its business: a record may have been written by a later program of the same format. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value) => {
    if (!isObject(value)) return '';
    const named = Object.keys(shapes).map((key) => [key, (value as Record<string, unknown>)[key]] as const);
    return firstFault(
      named,
      (key) => `.${key}`,
      (key) => shapes[key]!,
    );
  };
}

function firstFault<K>(
  entries: Iterable<readonly [K, unknown]>,
  name: (key: K) => string,
  shapeOf: (key: K) => Shape,
): string | undefined {
  for (const [key, value] of entries) {
    const fault = shapeOf(key)(value);
    if (fault !== undefined) return `${name(key)}${fault}`;
  }
  return undefined;
}

/** A file below a directory, as records name it. */
export const fileFact = fields({ path: pathBelow, bytes: amount, sha256: text });
