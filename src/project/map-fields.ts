import { closest } from '../suggest.ts';
import { describe, type Field, INVALID, refuse, taking } from './fields.ts';
import type { YamlEntry } from './yaml.ts';

/** How one field of a map is read. */
export interface FieldShape<V> {
  field: Field<V>;
  /** The value of an absent field; a field without it is required. */
  otherwise?: () => V;
  /** Keys to look for, in this order; the field's own name unless given. */
  keys?: readonly string[];
}

export interface MapShape<T> {
  fields: { [K in keyof T]-?: FieldShape<T[K]> };
  /** What happens to other keys: an error, a warning, or nothing. */
  unknown: 'refuse' | 'drop' | 'ignore';
  /** A rule over several fields; a text says what is wrong. */
  check?: (value: T) => string | undefined;
}

export function required<V>(field: Field<V>): FieldShape<V> {
  return { field };
}

export function optional<V>(field: Field<V>, otherwise: () => V): FieldShape<V> {
  return { field, otherwise };
}

/** A map with named fields. All that is wrong is collected, in the order of the fields, unknown keys last. */
export function modelOf<T>(shape: MapShape<T>): Field<T> {
  const names = Object.keys(shape.fields) as (keyof T & string)[];
  const known = new Set(names.flatMap((name) => [...(shape.fields[name].keys ?? [name])]));
  return taking({ words: 'a map', fields: shape.fields }, (node, at, reading) => {
    if (node.kind !== 'map') return refuse(reading, at, node, 'model_type', `expected a map, found ${describe(node)}`);
    const entries = new Map<unknown, YamlEntry>(node.entries.map((entry) => [entry.key, entry]));
    const values: Partial<T> = {};
    let valid = true;
    for (const name of names) {
      const { field, otherwise, keys = [name] } = shape.fields[name];
      const key = keys.find((candidate) => entries.has(candidate));
      if (key === undefined) {
        if (otherwise) values[name] = otherwise();
        else {
          refuse(reading, [...at, keys[0]!], node, 'missing', `the field \`${keys[0]}\` is missing`);
          valid = false;
        }
        continue;
      }
      const value = field(entries.get(key)!.value, [...at, key], reading);
      if (value === INVALID) valid = false;
      else values[name] = value;
    }
    for (const entry of node.entries) {
      if (typeof entry.key === 'string' && known.has(entry.key)) continue;
      if (shape.unknown === 'ignore') continue;
      const key = typeof entry.key === 'boolean' ? String(Number(entry.key)) : String(entry.key);
      const offset = { offset: entry.keyOffset };
      const suggestion = typeof entry.key === 'string' ? closest(entry.key, [...known]) : undefined;
      if (shape.unknown === 'refuse') {
        const type = typeof entry.key === 'string' ? 'extra_forbidden' : 'invalid_key';
        refuse(reading, [...at, key], offset, type, `there is no field \`${key}\` here`, suggestion, [...known]);
        valid = false;
      } else {
        const dropped = { issues: reading.dropped, dropped: [] };
        refuse(
          dropped,
          [...at, key],
          offset,
          'dropped',
          `there is no field \`${key}\` here; it is ignored`,
          suggestion,
          [...known],
        );
      }
    }
    if (!valid) return INVALID;
    const whole = values as T;
    const problem = shape.check?.(whole);
    return problem === undefined ? whole : refuse(reading, at, node, 'value_error', problem);
  });
}
