import type { Argument, Arguments } from '../../src/project/vocabulary/argument-types.ts';

export const NOTE = '<!-- Made by docs/generate.ts; do not edit. -->';

/** Text between pipes; angle brackets and pipes would end the cell or be taken for HTML. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** A table of arguments; nothing where there are none. */
export function argumentTable(declared: Arguments): string[] {
  const rows = Object.entries(declared).map(([name, { type, required, otherwise, says }]: [string, Argument]) => {
    const standard = required ? 'needed' : otherwise === undefined ? '' : `\`${JSON.stringify(otherwise)}\``;
    return `| \`${name}\` | ${cell(type.name)} | ${standard} | ${cell(says)} |`;
  });
  return rows.length === 0 ? [] : ['', '| argument | type | default | |', '|---|---|---|---|', ...rows];
}

/** A text with these lines between its marks `<!-- name -->` and `<!-- /name -->`. @throws where it has none */
export function between(text: string, name: string, lines: readonly string[]): string {
  const [first, last] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(first), text.indexOf(last)];
  if (from < 0 || to < from) throw new Error(`the page has no ${first.trim()} … ${last}`);
  return `${text.slice(0, from + first.length)}${lines.join('\n')}\n${text.slice(to)}`;
}

export function yaml(text: string): string[] {
  return ['', '```yaml', ...text.split('\n'), '```'];
}
