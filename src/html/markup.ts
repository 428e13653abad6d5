/** HTML that is safe to put into a page as it is; `html` makes it, and nothing else should. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a page: texts are escaped, nothing and `false` are left out, lists are put one after another. */
export type Part = Markup | string | number | false | null | undefined | readonly Part[];

/** C0 controls but tab and line feed, DEL and C1: no page may hold them; they are shown by their pictures. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const CONTROL_PICTURES = 0x2400;
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Any text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (c) => ESCAPES[c]!)
    .replace(CONTROLS, (c) => (c < ' ' ? String.fromCharCode(CONTROL_PICTURES + c.charCodeAt(0)) : '\ufffd'));
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

/** A piece of a page: html`<p title="${name}">${text}</p>`. Attributes are to be in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + render(parts[i - 1]) + string));
}
