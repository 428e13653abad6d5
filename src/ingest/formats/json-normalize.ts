import { LifecycleError } from '../../errors.ts';
import { entriesOf, isObject, memberOf, type PythonJson } from './python-json.ts';

/** The keyword arguments of pandas' json_normalize that a template may give. */
export interface NormalizeOptions {
  record_path?: string | string[] | null;
  meta?: string | (string | string[])[] | null;
  meta_prefix?: string | null;
  record_prefix?: string | null;
  errors?: 'raise' | 'ignore';
  sep?: string;
  max_level?: number | null;
}

type Record_ = Map<string, PythonJson>;

const OPTIONS = ['record_path', 'meta', 'meta_prefix', 'record_prefix', 'errors', 'sep', 'max_level'];

/** Flattens JSON into records, as pandas' json_normalize does. */
export function normalize(data: PythonJson, options: NormalizeOptions): Record_[] {
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      throw new LifecycleError('ING_BAD_OPTION', `json_read_kwargs ${JSON.stringify(key)} is not known`, {
        hint: `use ${OPTIONS.join(', ')}`,
      });
    }
  }
  const separator = options.sep ?? '.';
  const records = Array.isArray(data) ? data : isObject(data) ? [data] : undefined;
  if (!records)
    throw new LifecycleError('ING_BAD_FILE', 'the JSON is neither a list nor an object', {
      hint: 'look at what the source answers',
    });
  if (options.record_path === undefined || options.record_path === null) {
    return records.map((record) => flatten(record, options));
  }
  return nestedRecords(records, options, separator);
}

/**
 * Nested objects become `outer.inner`; plain members come first, nested ones after them. A name that comes twice has the
 * later value.
 */
export function flattenInto(
  record: PythonJson,
  { sep, max_level }: NormalizeOptions,
  set: (name: string, value: PythonJson) => void,
): void {
  if (!isObject(record)) {
    if (record === null) return;
    throw new LifecycleError('ING_BAD_FILE', 'the JSON list holds values that are no objects', {
      hint: 'name the list of objects with json_read_kwargs: {record_path: …}',
    });
  }
  const separator = sep ?? '.';
  const maxLevel = max_level ?? undefined;
  const nested: [string, PythonJson][] = [];
  const descend = (object: { [key: string]: PythonJson }, prefix: string, level: number) => {
    for (const [key, value] of entriesOf(object)) {
      const name = prefix === '' ? key : `${prefix}${separator}${key}`;
      if (isObject(value) && (maxLevel === undefined || level < maxLevel)) descend(value, name, level + 1);
      else if (level === 0) set(name, value);
      else nested.push([name, value]);
    }
  };
  descend(record, '', 0);
  for (const [name, value] of nested) set(name, value);
}

function flatten(record: PythonJson, options: NormalizeOptions): Record_ {
  const result: Record_ = new Map();
  flattenInto(record, options, (name, value) => result.set(name, value));
  return result;
}

function nestedRecords(data: readonly PythonJson[], options: NormalizeOptions, separator: string): Record_[] {
  const recordPath = [options.record_path!].flat();
  const meta = (options.meta === undefined || options.meta === null ? [] : [options.meta].flat(1)).map((path) =>
    [path].flat(),
  );
  const result: Record_[] = [];
  const metaName = (path: string[]) => `${options.meta_prefix ?? ''}${path.join(separator)}`;

  const visit = (object: PythonJson, depth: number, outer: PythonJson[]) => {
    const key = recordPath[depth]!;
    const value = isObject(object) ? memberOf(object, key) : undefined;
    if (value === undefined) {
      throw new LifecycleError('ING_BAD_FILE', `the JSON has no ${JSON.stringify(key)}, which record_path names`, {
        hint: isObject(object)
          ? `its keys are ${entriesOf(object)
              .map(([name]) => name)
              .join(', ')}`
          : 'look at what the source answers',
      });
    }
    const path = [...outer, object];
    if (depth < recordPath.length - 1) {
      for (const item of Array.isArray(value) ? value : [value]) visit(item, depth + 1, path);
      return;
    }
    if (value !== null && !Array.isArray(value)) {
      throw new LifecycleError('ING_BAD_FILE', `${JSON.stringify(key)}, which record_path names, is no list`, {
        hint: 'let record_path end at a list',
      });
    }
    for (const item of value ?? []) {
      const record: Record_ = new Map();
      for (const [name, v] of isObject(item) ? flatten(item, options) : [['0', item] as const]) {
        record.set(`${options.record_prefix ?? ''}${name}`, v);
      }
      for (const keys of meta) {
        if (record.has(metaName(keys))) {
          throw new LifecycleError(
            'ING_DUPLICATE_COLUMN',
            `meta ${JSON.stringify(metaName(keys))} is a column of the records too`,
            { hint: 'set meta_prefix or record_prefix in json_read_kwargs' },
          );
        }
        record.set(metaName(keys), metaValue(path, keys, options.errors ?? 'raise'));
      }
      result.push(record);
    }
  };
  for (const object of data) visit(object, 0, []);
  return moveToEnd(result, meta.map(metaName));
}

/**
 * A member of the enclosing objects. pandas takes it, while it descends, from the object at the depth of the path's
 * length; a path longer than that is looked up from the innermost object on, without the keys already passed.
 */
function metaValue(path: readonly PythonJson[], keys: readonly string[], errors: 'raise' | 'ignore'): PythonJson {
  const innermost = path.length - 1;
  const passed = innermost + 1 > keys.length;
  let value: PythonJson | undefined = passed ? path[keys.length - 1] : path[innermost];
  for (const key of passed ? keys.slice(-1) : keys.slice(innermost)) {
    value = isObject(value) ? memberOf(value, key) : undefined;
    if (value !== undefined) continue;
    if (errors === 'ignore') return null;
    throw new LifecycleError('ING_BAD_FILE', `the JSON has no ${JSON.stringify(key)}, which meta names`, {
      hint: 'set errors: ignore in json_read_kwargs where it may be missing',
    });
  }
  return value ?? null;
}

function moveToEnd(records: Record_[], names: readonly string[]): Record_[] {
  // Records differ in their keys; the metadata columns stand behind all of them.
  const keys = new Set(records.flatMap((record) => [...record.keys()]));
  for (const name of names) keys.delete(name);
  const [first] = records;
  if (!first) return records;
  const leading: Record_ = new Map([...keys].filter((key) => first.has(key)).map((key) => [key, first.get(key)!]));
  for (const key of keys) if (!leading.has(key)) leading.set(key, null);
  for (const name of names) leading.set(name, first.get(name) ?? null);
  return [leading, ...records.slice(1)];
}
