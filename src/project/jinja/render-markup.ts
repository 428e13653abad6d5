import { isNode, parseJinja } from './parser.ts';
import { Rendering as JinjaRendering } from './render.ts';
import type { Rendering, RenderOptions, TemplateProblem } from './render-strictly.ts';
import { UndefinedVariable } from './scope.ts';
import { JinjaError } from './values.ts';

/** Renders a text that has markup; its lines end in line feeds. */
export async function renderMarkup(
  source: string,
  variables: (name: string) => string | undefined,
  options: RenderOptions,
): Promise<Rendering> {
  const parsed = await parseJinja(source);
  if (parsed.problem) return { problem: { kind: 'template_syntax', ...parsed.problem } };
  const rendering = new JinjaRendering(options);
  try {
    // All of them are asked for, also those of branches that are not taken: whoever gives them keeps a list.
    const given = new Map([...namesIn(parsed.root)].map((name) => [name, variables(name)]));
    return { text: rendering.render(parsed.root, (name) => given.get(name)).replace(/\n$/, '') };
  } catch (error) {
    return { problem: { ...failureOf(error), ...rendering.at } };
  }
}

function namesIn(node: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) namesIn(item, names);
  else if (isNode(node)) {
    if (node.typename === 'Symbol') names.add(String(node.value));
    namesIn(node.children, names);
    // The body of a `set` without a value is no field of its node.
    for (const field of new Set([...node.fields, 'body'])) if (field !== 'children') namesIn(node[field], names);
  }
  return names;
}

function failureOf(error: unknown): Pick<TemplateProblem, 'kind' | 'message' | 'name'> {
  if (error instanceof UndefinedVariable) {
    return { kind: 'template_undefined', message: error.message, name: error.variable };
  }
  if (error instanceof JinjaError) return { kind: 'template_failed', message: error.message };
  if (error instanceof RangeError) return { kind: 'template_failed', message: 'its expressions are nested too deeply' };
  throw error;
}
