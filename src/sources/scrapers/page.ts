import type { CheerioAPI } from 'cheerio';
import { maskUrl } from '../../masking/urls.ts';
import type { HttpClient } from '../http/client.ts';
import { answerError, fetchText } from '../http/text.ts';
import type { SourceContext } from '../source.ts';

/** A page that is read for what stands in it. */
export class Page {
  readonly url: string;
  readonly #document: CheerioAPI;

  private constructor(url: string, document: CheerioAPI) {
    this.url = url;
    this.#document = document;
  }

  /** @throws LifecycleError SRC_* */
  static async load(client: HttpClient, url: string, context: SourceContext): Promise<Page> {
    context.reporter.log('debug', `reading ${maskUrl(url)}`);
    const text = await fetchText(client, url, context, { headers: { accept: 'text/html,*/*' } });
    const { load } = await import('cheerio');
    return new Page(url, load(text));
  }

  get document(): CheerioAPI {
    return this.#document;
  }

  /** Whether there is such an element. */
  has(selector: string): boolean {
    return this.#document(selector).length > 0;
  }

  /**
   * The text of the first such element: its pieces trimmed and joined, undefined where there is none.
   * @param separator between the pieces, which markup parts
   */
  text(selector: string, separator = ''): string | undefined {
    const element = this.#document(selector).first();
    return element.length === 0 ? undefined : piecesOf(this.#document, element).join(separator);
  }

  /** @throws LifecycleError SRC_ANSWER when there is no such element: the page has been rebuilt */
  requiredText(selector: string, separator = ''): string {
    const text = this.text(selector, separator);
    if (text === undefined) throw this.changed(`nothing at \`${selector}\``);
    return text;
  }

  changed(what: string): Error {
    return answerError(maskUrl(this.url), `${what}; the page is no longer built as it was`);
  }
}

/** The trimmed texts below a node that are not empty, in order. */
export function piecesOf(document: CheerioAPI, node: Parameters<CheerioAPI>[0]): string[] {
  return document(node)
    .contents()
    .get()
    .flatMap((child) => {
      if (child.type !== 'text') return child.type === 'tag' ? piecesOf(document, child) : [];
      const text = document(child).text().trim();
      return text === '' ? [] : [text];
    });
}
