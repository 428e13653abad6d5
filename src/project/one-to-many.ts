import type { YamlEntry, YamlMapNode, YamlNode } from './yaml.ts';

/**
 * The datasets of a one-to-many template with the defaults merged in: maps merge, any other value of the dataset's own
 * replaces the default, lists included. Only own values that say something take part, so `processing_steps: []` cannot
 * clear the default list.
 */
export function resolveDatasets(datasets: YamlNode | undefined, defaults: YamlNode | undefined): YamlNode[] {
  if (datasets?.kind !== 'list') return [];
  return datasets.items.map((dataset) => (dataset.kind === 'map' ? withDefaults(dataset, defaults) : dataset));
}

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function isEmptyList(node: YamlNode): boolean {
  return node.kind === 'list' && node.items.length === 0;
}

/** Attributes that are empty leave the default standing; the engine's own files do not hold them. */
function isEmptyAttribute(node: YamlNode): boolean {
  return (
    isNull(node) || (node.kind === 'scalar' && node.value === '') || (node.kind === 'map' && node.entries.length === 0)
  );
}

function withDefaults(dataset: YamlMapNode, defaults: YamlNode | undefined): YamlMapNode {
  const entries = dataset.entries
    .filter((entry) => !isNull(entry.value) && !(entry.key === 'processing_steps' && isEmptyList(entry.value)))
    .map((entry) => (entry.key === 'attributes' ? withoutEmpty(entry) : entry));
  // These two a dataset must have of its own, be it as an empty map.
  const given = (key: unknown) => (key !== 'attributes' && key !== 'file_format') || entries.some((e) => e.key === key);
  const fallback = defaults?.kind === 'map' ? defaults.entries.filter((entry) => given(entry.key)) : [];
  const merged = merge({ ...dataset, entries: fallback }, { ...dataset, entries });
  // Without defaults the department's engine puts nothing in the place of the steps, and then refuses it.
  if (!merged.entries.some((entry) => entry.key === 'processing_steps')) {
    const value: YamlNode = { kind: 'scalar', value: null, offset: dataset.offset };
    merged.entries.push({ key: 'processing_steps', keyOffset: dataset.offset, value });
  }
  return merged;
}

function withoutEmpty(entry: YamlEntry): YamlEntry {
  if (entry.value.kind !== 'map') return entry;
  const entries = entry.value.entries.filter(({ value }) => !isEmptyAttribute(value));
  return { ...entry, value: { ...entry.value, entries } };
}

function merge(under: YamlMapNode, over: YamlMapNode): YamlMapNode {
  const entries = new Map(under.entries.map((entry) => [entry.key, entry]));
  for (const entry of over.entries) {
    const below = entries.get(entry.key)?.value;
    const value = below?.kind === 'map' && entry.value.kind === 'map' ? merge(below, entry.value) : entry.value;
    entries.set(entry.key, { ...entry, value });
  }
  return { kind: 'map', entries: [...entries.values()], offset: over.offset };
}
