import type { Finding, Place } from '../errors.ts';
import { MASK } from '../masking/names.ts';
import { rememberSecrets } from '../masking/output.ts';
import { secretSpans, secretValues } from '../masking/shapes.ts';
import { maskData } from '../masking/structure.ts';
import { formatLocation } from './fields.ts';
import { type Json, nodeToJson } from './json-values.ts';
import { insteadOfSecret } from './secret-hints.ts';
import type { YamlNode } from './yaml.ts';

interface Written {
  /** What stands in the file, or undefined where a name alone tells that the value is secret. */
  text: string;
  values: string[];
  location: (string | number)[];
  offset: number;
}

interface SecretsReading {
  /** The text that was parsed, for the exact place of a secret in it. */
  text: string;
  node: YamlNode | undefined;
  kind: 'template' | 'recipe' | 'product';
  subject: string | undefined;
  placeOf: (offset: number) => Place;
}

/**
 * A warning for every secret that stands in a file of the project, with what to do instead. What was found is masked from
 * here on in all that is said and written.
 */
export function secretFindings({ text, node, kind, subject, placeOf }: SecretsReading): Finding[] {
  if (!node) return [];
  const plain = nodeToJson(node);
  const masked = maskData(plain);
  if (masked === plain) return [];
  const found: Written[] = [];
  collect(node, masked, [], found);
  rememberSecrets(
    found.flatMap(({ values }) => values),
    'project',
  );
  const sourceType = kind === 'template' ? sourceTypeOf(plain) : undefined;
  return found.map(({ text: secret, location, offset }) => ({
    severity: 'warning',
    code: 'PRJ_SECRET',
    message: `${formatLocation(location)} holds a secret, which everybody can read who can read the project`,
    place: placeOf(placeIn(text, secret, offset)),
    hint: insteadOfSecret(kind, location, sourceType),
    subject,
  }));
}

/** Goes through what was written and what became of it side by side: where they differ stands a secret. */
function collect(node: YamlNode, masked: Json, location: (string | number)[], found: Written[]): void {
  if (node.kind === 'scalar') {
    if (typeof node.value !== 'string') {
      if (masked === MASK) found.push({ text: '', values: [String(node.value)], location, offset: node.offset });
    } else if (masked !== node.value) {
      const { value: text, offset } = node;
      const spans = masked === MASK ? [{ start: 0, end: text.length }] : secretSpans(text);
      const values = masked === MASK ? [text, ...secretValues(text)] : secretValues(text);
      for (const [index, { start, end }] of spans.entries()) {
        found.push({ text: text.slice(start, end), values: index === 0 ? values : [], location, offset });
      }
    }
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      collect(item, (masked as Json[])[index] ?? null, [...location, index], found);
    }
  } else {
    const values = Object.values(masked as Record<string, Json>);
    for (const [index, { key, value }] of node.entries.entries()) {
      collect(value, values[index] ?? null, [...location, String(key)], found);
    }
  }
}

/** A scalar's own place, or that of the secret in it where it stands there as it is. */
function placeIn(text: string, secret: string, offset: number): number {
  const at = secret === '' || secret.includes('\n') ? -1 : text.indexOf(secret, offset);
  return at < 0 || at > offset + MAX_SCALAR ? offset : at;
}

const MAX_SCALAR = 4_000;

function sourceTypeOf(plain: Json): string | undefined {
  const top = plain as { source?: { type?: unknown }; ingestion?: { source?: { type?: unknown } } };
  const type = top.source?.type ?? top.ingestion?.source?.type;
  return typeof type === 'string' ? type : undefined;
}
