import { startsAsHtml } from './html-start.ts';

export interface Markup {
  kind: 'HTML' | 'XML';
  /** The title of a page. */
  title?: string | undefined;
  /** What an error document says. */
  error?: string | undefined;
}

/** What may stand before the root of a document; one at a time, so that its time is linear. */
const BEFORE_ROOT = /\s+|<!--[\s\S]*?-->|<\?[^>]*\?>|<![a-z][^>[]*(?:\[[^\]]*\]\s*)?>/iy;
const ROOT = /<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)((?:\s[^<>]*)?)(\/?)>/y;
/** Roots of the error documents of S3 and its kin, of OGC services and of SOAP. */
const ERROR_ROOT = /^(?:error|errors|errorresponse|exceptionreport|serviceexceptionreport|fault|exception)$/i;
/** Elements of pages that begin without `<html>`. */
const PAGE_PART =
  /^(?:title|link|style|center|h[1-6]|p|div|font|form|iframe|frameset|noscript|pre|table|br|hr|b|strong|main|section|header|nav)$/i;
const VOID = /^(?:br|hr|img|meta|link|input)$/i;

/**
 * The HTML page or XML document that a text begins with. A table whose first cell begins with `<` is none.
 * @param whole whether the text goes to the end of the file
 */
export function markupIn(text: string, whole: boolean): Markup | undefined {
  if (!text.startsWith('<')) return undefined;
  if (startsAsHtml(text)) return page(text);
  const at = rootAt(text);
  ROOT.lastIndex = at;
  const root = ROOT.exec(text);
  const declared = /^<(?:\?xml\b|!doctype\b)/i.test(text);
  if (!root) return declared ? { kind: 'XML' } : undefined;
  const [tag, name = '', attributes = '', closed] = root;
  const isError = ERROR_ROOT.test(name) && /^\s*</.test(text.slice(at + tag.length));
  const isAlone = whole && isElements(text.slice(at), PAGE_PART.test(name));
  if (!declared && !isError && !/\sxmlns\b/.test(attributes) && !isAlone) return undefined;
  if (!declared && PAGE_PART.test(name)) return page(text);
  return { kind: 'XML', error: closed ? undefined : errorText(text, ERROR_ROOT.test(name)) };
}

function page(text: string): Markup {
  return { kind: 'HTML', title: /<title[^>]*>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim() };
}

function rootAt(text: string): number {
  let at = 0;
  for (;;) {
    BEFORE_ROOT.lastIndex = at;
    if (!BEFORE_ROOT.test(text)) return at;
    at = BEFORE_ROOT.lastIndex;
  }
}

/** Whether a text is one element and nothing more; where `many`, any number of them with nothing between. */
function isElements(document: string, many: boolean): boolean {
  const text = document.replace(/<!--[\s\S]*?(?:-->|$)/g, '');
  const open: string[] = [];
  let end = 0;
  for (const match of text.matchAll(/<(\/?)([A-Za-z_][\w.:-]*)(?![\w.:-])[^<>]*?(\/?)>/g)) {
    const [tag, closing, name = '', single] = match;
    if (open.length === 0 && (text.slice(end, match.index).trim() !== '' || (end > 0 && !many))) return false;
    end = match.index + tag.length;
    if (single || VOID.test(name)) continue;
    if (!closing) open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0 && text.slice(end).trim() === '';
}

/** Code and message as S3 gives them, or the text of an exception. */
function errorText(text: string, isError: boolean): string | undefined {
  const of = (name: string) =>
    new RegExp(`<(?:[\\w.-]+:)?${name}\\b[^<>]*>(?:<!\\[CDATA\\[)?([^<]*)`, 'i')
      .exec(text)?.[1]
      ?.replace(/\]\]>$/, '')
      .trim() || undefined;
  const [code, message] = [of('Code') ?? of('faultcode'), of('Message') ?? of('faultstring')];
  if (code !== undefined && (isError || message !== undefined)) return message ? `${code} (${message})` : code;
  if (!isError) return of('faultstring');
  return (
    message ??
    of('ServiceException') ??
    of('ExceptionText') ??
    text
      .replace(/<[^<>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 200)
  );
}
