/**
 * What may stand before a page's first element. One at a time and at one place only: as a repeated group of one
 * expression, a row of comments could be read in as many ways as there are sums of its length.
 */
const BEFORE_HTML = /\s+|<!--[\s\S]*?-->|<\?xml[^>]*\?>/y;
const FIRST_ELEMENT = /<(?:!doctype\s+html|html|head|body|script|meta)\b/iy;

/** Whether a text begins as an HTML page does. */
export function startsAsHtml(text: string): boolean {
  let at = 0;
  for (;;) {
    BEFORE_HTML.lastIndex = at;
    if (!BEFORE_HTML.test(text)) break;
    at = BEFORE_HTML.lastIndex;
  }
  FIRST_ELEMENT.lastIndex = at;
  return FIRST_ELEMENT.test(text);
}
