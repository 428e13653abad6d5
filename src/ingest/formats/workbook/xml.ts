import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { LifecycleError } from '../../../errors.ts';

export type Attributes = Readonly<Record<string, string>>;

/** What happens while a part is read. Names come without their prefix. */
interface XmlHandlers {
  open?(name: string, attributes: Attributes): void;
  close?(name: string): void;
  text?(text: string): void;
  /** After each piece of the file; work that takes time belongs here. */
  pause?(bytes: number): Promise<void>;
}

/** Elements within elements; worksheets need a dozen. */
const DEEPEST = 100;
/** Bytes of one text, tag or comment. A cell holds 32,767 characters at most. */
const LONGEST = 32 * 1024 * 1024;

/**
 * Reads XML piece by piece. Only XML's own five entities and character references are known: a document type, which
 * could define others, is refused.
 *
 * @param part name of the file within its archive, for messages
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readXml(bytes: AsyncIterable<Buffer>, part: string, handlers: XmlHandlers): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let pending = 0;
  parser.on('opentag', ({ name, attributes }) => {
    pending = 0;
    if (++depth > DEEPEST) throw badXml(part, `elements lie more than ${DEEPEST} deep`);
    handlers.open?.(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    pending = 0;
    depth--;
    handlers.close?.(localName(name));
  });
  const take = (text: string) => {
    pending = 0;
    handlers.text?.(text);
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('doctype', () => {
    throw badXml(part, 'it has a document type, which no workbook has');
  });

  let decoder: TextDecoder | undefined;
  const feed = (piece: Buffer | undefined) => {
    try {
      decoder ??= new TextDecoder(encodingOf(piece), { fatal: true });
      const text = piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
      parser.write(text);
      if (!piece) parser.close();
    } catch (error) {
      if (error instanceof LifecycleError) throw error;
      throw badXml(part, 'it is no sound XML', error);
    }
  };
  for await (const piece of bytes) {
    pending += piece.length;
    feed(piece);
    if (pending > LONGEST) throw badXml(part, `a text or tag is longer than ${LONGEST} bytes`);
    await handlers.pause?.(piece.length);
  }
  feed(undefined);
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}

/** An attribute by its name without a prefix. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  return attributes[name] ?? Object.entries(attributes).find(([key]) => key.endsWith(`:${name}`))?.[1];
}

/** UTF-8 unless a byte order mark or the declaration says otherwise. */
function encodingOf(first: Buffer | undefined): string {
  if (!first) return 'utf-8';
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  const declared = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/u.exec(first.subarray(0, 200).toString('latin1'));
  return declared?.[1] ?? 'utf-8';
}

export function badXml(part: string, what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the workbook cannot be read: ${part}: ${what}`, {
    cause,
    hint: 'open it in a spreadsheet program, put it right and save it again as .xlsx',
  });
}
