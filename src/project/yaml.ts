import { YamlComposer } from './yaml-composer.ts';
import { eventsOf, refuseStrangeText, YamlRefusal } from './yaml-source.ts';
import type { YamlScalar } from './yaml11-scalars.ts';

/** A value of a YAML document with where it stands, as a character offset into the text. */
export type YamlNode = YamlScalarNode | YamlListNode | YamlMapNode;

interface YamlScalarNode {
  kind: 'scalar';
  value: YamlScalar;
  offset: number;
}

interface YamlListNode {
  kind: 'list';
  /** `!!set` and `!!omap` are not lists to Python; what is made of them later differs. */
  of: 'seq' | 'set' | 'pairs';
  items: YamlNode[];
  offset: number;
}

export interface YamlMapNode {
  kind: 'map';
  /** One entry a key: a repeated key keeps its first place and its last value. */
  entries: YamlEntry[];
  offset: number;
}

export interface YamlEntry {
  key: YamlScalar;
  keyOffset: number;
  value: YamlNode;
}

interface YamlProblem {
  message: string;
  offset: number;
}

/** `node` is undefined for a document without content. */
type YamlReading =
  | { node: YamlNode | undefined; repeatedKeys: { key: string; offset: number }[]; problem?: undefined }
  | { problem: YamlProblem };

/**
 * Reads one document of YAML 1.1 as PyYAML's safe loader does, which is what templates and recipes were written for.
 * A key that is there twice is no error; the last one counts.
 */
export function readYaml(text: string): YamlReading {
  try {
    refuseStrangeText(text);
    const { events, source } = eventsOf(text);
    const composer = new YamlComposer(events, source);
    return { node: composer.document(), repeatedKeys: composer.repeatedKeys };
  } catch (error) {
    if (error instanceof YamlRefusal) return { problem: { message: error.message, offset: error.offset } };
    throw error;
  }
}
