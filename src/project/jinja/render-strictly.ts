import { MARKUP } from './parser.ts';

/** Why a recipe's text could not be rendered; line and column count from 1. */
export interface TemplateProblem {
  kind: 'template_undefined' | 'template_syntax' | 'template_failed';
  message: string;
  /** The variable that is not set. */
  name?: string;
  line: number;
  column: number;
}

export type Rendering = { text: string; problem?: undefined } | { problem: TemplateProblem };

export interface RenderOptions {
  /** What a member or item that is not there prints, such as the second part of a version that has one; else an error. */
  missingMember?: string | undefined;
  /** What the rendering may cost, in nodes that are carried out and items and characters that are made. @default 10000000 */
  work?: number;
}

/**
 * Renders a text as Jinja with strict undefined: a variable that is not set may be asked for (`is defined`,
 * `default(…)`) but not used. `variables` gives a name's value, or undefined.
 */
export async function renderStrictly(
  text: string,
  variables: (name: string) => string | undefined,
  options: RenderOptions = {},
): Promise<Rendering> {
  // Jinja writes line feeds only, and drops the last one: a block scalar at the end of a file has none.
  const source = text.replace(/\r\n?/g, '\n');
  if (!MARKUP.test(source)) return { text: source.replace(/\n$/, '') };
  // What renders is loaded for a text that needs it.
  const { renderMarkup } = await import('./render-markup.ts');
  return renderMarkup(source, variables, options);
}
