import { isDeepStrictEqual } from 'node:util';
import { LifecycleError } from '../../errors.ts';
import { readYaml, type YamlEntry, type YamlMapNode, type YamlNode } from '../../project/yaml.ts';

/**
 * The text of a template without some of its top-level fields: everything else stays as it was written, since no way of
 * writing YAML anew is sure to mean the same to every reader.
 *
 * @throws LifecycleError ING_DCPY where a field is written so that it cannot be cut out
 */
export function withoutFields(text: string, fields: readonly string[]): string {
  const root = mapOf(text);
  const isOwn = ({ key }: YamlEntry) => typeof key === 'string' && fields.includes(key);
  if (!root?.entries.some(isOwn)) return text;
  const cut = root.entries
    .toReversed()
    .reduce((rest, entry) => (isOwn(entry) ? without(rest, root, entry) : rest), text);
  const wanted = root.entries.filter((entry) => !isOwn(entry)).map(plainEntry);
  if (isDeepStrictEqual(mapOf(cut)?.entries.map(plainEntry), wanted)) return cut;
  throw new LifecycleError('ING_DCPY', `${fields.join(' or ')} cannot be taken out of the template`, {
    hint: "the department's engine knows no such field: write it on a line of its own at the top of the file, or use `runner` in lifecycle.yml",
  });
}

function mapOf(text: string): YamlMapNode | undefined {
  const { node } = readYaml(text) as { node?: YamlNode };
  return node?.kind === 'map' ? node : undefined;
}

function without(text: string, root: YamlMapNode, entry: YamlEntry): string {
  const next = root.entries.map(({ keyOffset }) => keyOffset).filter((offset) => offset > entry.keyOffset);
  const end = next.length === 0 ? undefined : Math.min(...next);
  if (text[root.offset] !== '{') {
    const lineOf = (offset: number) => text.lastIndexOf('\n', offset - 1) + 1;
    return text.slice(0, lineOf(entry.keyOffset)) + (end === undefined ? '' : text.slice(lineOf(end)));
  }
  if (end !== undefined) return text.slice(0, entry.keyOffset) + text.slice(end);
  const comma = text.slice(0, entry.keyOffset).search(/,\s*$/);
  return text.slice(0, comma === -1 ? entry.keyOffset : comma) + text.slice(text.lastIndexOf('}'));
}

const plainEntry = ({ key, value }: YamlEntry): unknown => [key, plain(value)];

/** A node without its place. */
function plain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  return node.kind === 'list' ? [node.of, ...node.items.map(plain)] : { map: node.entries.map(plainEntry) };
}
