/** A text decoded, with the place in the original that each of its characters (and its end) came from. */
interface DecodedForm {
  text: string;
  positions: number[];
}

/** How often an address may be packed into another one. */
const MAX_LAYERS = 3;
const ESCAPE = /%([0-9a-f]{2})|\\u00([0-9a-f]{2})|\\\/|&amp;/gi;

/** What a text says once its percent signs, and the escapes of JSON and HTML, are taken away, layer by layer. */
export function decodedForms(text: string): DecodedForm[] {
  const forms: DecodedForm[] = [];
  let current: DecodedForm | undefined;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const next = decodeOnce(current?.text ?? text, current?.positions);
    if (!next) break;
    forms.push(next);
    current = next;
  }
  return forms;
}

/** Bytes become characters one by one: what is looked for in the result is ASCII. */
function decodeOnce(text: string, origin: readonly number[] | undefined): DecodedForm | undefined {
  const pieces: string[] = [];
  const positions: number[] = [];
  let at = 0;
  const copy = (end: number) => {
    pieces.push(text.slice(at, end));
    for (let i = at; i < end; i++) positions.push(origin ? origin[i]! : i);
  };
  for (const match of text.matchAll(ESCAPE)) {
    copy(match.index);
    const hex = match[1] ?? match[2];
    pieces.push(
      hex === undefined ? match[0].slice(0, 1).replace('\\', '/') : String.fromCharCode(Number.parseInt(hex, 16)),
    );
    positions.push(origin ? origin[match.index]! : match.index);
    at = match.index + match[0].length;
  }
  if (at === 0) return undefined;
  copy(text.length);
  positions.push(origin ? origin[text.length]! : text.length);
  return { text: pieces.join(''), positions };
}
