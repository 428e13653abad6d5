import { beyondLimit, type ReadLimits } from './limits.ts';

/** They hold nothing, or end by themselves where the next of their kind begins. */
const CLOSED_BY_THEMSELVES = new Set(
  `area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup rt rp
   tr td th thead tbody tfoot colgroup caption html head body`.split(/\s+/),
);
const RAW_TEXT = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']);
const NAME = /[a-zA-Z][^\s/>]*/y;

/**
 * Refuses a page whose elements lie so deep within each other, or have so many attributes, that parsing it would not come
 * to an end: what the parser does for an element grows with the number of those that are open.
 *
 * @throws LifecycleError ING_LIMIT
 */
export function checkPage(html: string, bounds: ReadLimits): void {
  const lower = html.toLowerCase();
  let open = 0;
  for (let at = lower.indexOf('<'); at !== -1; at = lower.indexOf('<', at)) {
    if (lower.startsWith('<!--', at)) {
      at = behind(lower, '-->', at + 2);
      continue;
    }
    const closes = lower[at + 1] === '/';
    NAME.lastIndex = at + (closes ? 2 : 1);
    const name = NAME.exec(lower)?.[0];
    if (name === undefined) {
      at++;
      continue;
    }
    const { end, attributes } = endOfTag(lower, NAME.lastIndex);
    if (attributes > bounds.attributes)
      throw beyondLimit(bounds, 'attributes', `an element <${name}> of the page has more attributes than`, '');
    at = end;
    if (CLOSED_BY_THEMSELVES.has(name)) continue;
    if (closes) open = Math.max(0, open - 1);
    else if (RAW_TEXT.has(name))
      at = lower.indexOf(`</${name}`, at) === -1 ? lower.length : behind(lower, `</${name}`, at);
    else if (++open > bounds.pageNesting)
      throw beyondLimit(bounds, 'pageNesting', 'the page has more elements that are begun and not ended than', '');
  }
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
}

/** Where a tag ends, and how many attributes it may have. */
function endOfTag(html: string, from: number): { end: number; attributes: number } {
  let attributes = 0;
  let quote = '';
  let isBetween = false;
  for (let i = from; i < html.length; i++) {
    const c = html[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '>') return { end: i + 1, attributes };
    else if ((c === '"' || c === "'") && html[i - 1] === '=') quote = c;
    else if (c === ' ' || c === '\t' || c === '\n' || c === '\r' || c === '\f' || c === '/') isBetween = true;
    else {
      if (isBetween) attributes++;
      isBetween = false;
    }
  }
  return { end: html.length, attributes };
}
