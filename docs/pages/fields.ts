import type { Taken } from '../../src/project/fields.ts';
import { cell } from './page.ts';

/** What a key means, an example of its value, and, where its reader does not say it in words, what it takes. */
export interface Meaning {
  text: string;
  /** A value as YAML has it on one line; none for a key that has keys of its own. */
  example?: string;
  takes?: string;
  /** In place of the value that its reader puts for an absent key. */
  otherwise?: string;
}

/** By the way to a key: `columns[].id`, `stage_config.NAME.commands[].run`. */
export type Meanings = Readonly<Record<string, Meaning>>;

interface Key {
  way: string;
  name: string;
  takes: Taken | undefined;
  /** Undefined where the key is required. */
  otherwise: (() => unknown) | undefined;
}

function keysOf(takes: Taken | undefined, before = ''): Key[] {
  return Object.entries(takes?.fields ?? {}).flatMap(([name, { field, otherwise }]) => {
    const way = before === '' ? name : `${before}.${name}`;
    return [{ way, name, takes: field.takes, otherwise }, ...keysOf(field.takes, way + (field.takes?.item ?? ''))];
  });
}

/** A table of all keys that a reader takes. @throws where the meanings are not of exactly these keys */
export function keyTable(takes: Taken | undefined, meanings: Meanings): string[] {
  const keys = keysOf(takes);
  const strays = Object.keys(meanings).filter((way) => keys.every((key) => key.way !== way));
  if (strays.length > 0) throw new Error(`no reader takes ${strays.join(', ')}`);
  return [
    '| key | type | default | |',
    '|---|---|---|---|',
    ...keys.map(({ way, name, takes: taken, otherwise }) => {
      const meaning = meanings[way];
      const type = meaning?.takes ?? taken?.words;
      if (!meaning || !type) throw new Error(`${way}: nothing says what it ${meaning ? 'takes' : 'means'}`);
      const example = meaning.example === undefined ? '' : ` Example: \`${name}: ${meaning.example}\``;
      return row(`\`${way}\``, type, meaning.otherwise ?? defaultOf(otherwise), meaning.text + example);
    }),
  ];
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function defaultOf(otherwise: Key['otherwise']): string {
  if (!otherwise) return '**required**';
  const value = otherwise();
  if (value === null || value === undefined) return '';
  if (value instanceof Map) return '`{}`';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}

/** All examples as one document of YAML, so that a reader can be asked whether it takes them. */
export function documentOf(takes: Taken | undefined, meanings: Meanings, before = ''): string {
  const entries = Object.entries(takes?.fields ?? {}).flatMap(([name, { field }]) => {
    const way = before === '' ? name : `${before}.${name}`;
    const { example } = meanings[way] ?? {};
    if (example !== undefined) return [`${JSON.stringify(name)}: ${example}`];
    if (!field.takes?.fields) return [];
    const below = documentOf(field.takes, meanings, way + (field.takes.item ?? ''));
    const items = { '[]': `[${below}]`, '.NAME': `{NAME: ${below}}`, none: below };
    return [`${JSON.stringify(name)}: ${items[field.takes.item ?? 'none']}`];
  });
  return `{${entries.join(', ')}}`;
}
