import { DOS_CODE_PAGES } from './dos-code-pages.ts';

/** Turns the bytes of a text that are not all ASCII into UTF-8; undefined for bytes that the encoding does not define. */
export type ToUtf8 = (bytes: Uint8Array) => Uint8Array | undefined;

/** Names of encodings by what people and the files themselves call them, after `plain`. */
const LABELS: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [/^(?:utf8|cp65001|utf8sig)$/, () => 'utf-8'],
  [/^(?:latin1|l1|iso88591|cp819)$/, () => 'iso-8859-1'],
  [/^(?:iso)?8859(\d\d?)$/, ([, part]) => `iso-8859-${part}`],
  [/^(?:cp|windows)?(125\d)$/, ([, page]) => `windows-${page}`],
  [/^(?:cp|windows)?874$|^tis620$/, () => 'windows-874'],
  [/^(?:cp|ibm)?(437|737|775|85[0-8]|86[0-69]|1125)$/, ([, page]) => `cp${page}`],
  [/^(?:cp932|ms932|windows31j|shiftjis|sjis|932)$/, () => 'shift_jis'],
  [/^(?:cp936|ms936|gbk|gb2312|936)$/, () => 'gbk'],
  [/^(?:cp949|ms949|uhc|euckr|949)$/, () => 'euc-kr'],
  [/^(?:cp950|ms950|big5|big5hkscs|950)$/, () => 'big5'],
  [/^(gb18030|macintosh)$/, ([, name]) => name!],
  [/^koi8([ru])$/, ([, letter]) => `koi8-${letter}`],
  [/^eucjp$/, () => 'euc-jp'],
  [/^latin([2-9]|10)$/, ([, n]) => `iso-8859-${{ 5: 9, 6: 10, 7: 13, 8: 14, 9: 15, 10: 16 }[n!] ?? n}`],
];

/** The one name of an encoding here; undefined for one that nobody knows. */
export function codePage(name: string): string | undefined {
  const plain = name.toLowerCase().replace(/[-_ ]/g, '');
  for (const [pattern, labelOf] of LABELS) {
    const match = pattern.exec(plain);
    if (match) return labelOf(match);
  }
  return undefined;
}

const LATIN_1_UPPER = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('');

/** @param label a name that `codePage` gives, other than `utf-8` */
export function toUtf8(label: string): ToUtf8 | undefined {
  const upper = label === 'iso-8859-1' ? LATIN_1_UPPER : (DOS_CODE_PAGES[label] ?? upperHalf(label));
  if (upper !== undefined) return fromTable(upper);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
  const encoder = new TextEncoder();
  return (bytes) => {
    try {
      return encoder.encode(decoder.decode(bytes));
    } catch {
      return undefined;
    }
  };
}

/** The characters from 0x80 of an encoding of single bytes that the web's decoder knows. */
function upperHalf(label: string): string | undefined {
  if (!/^(?:windows-|iso-8859-|koi8|macintosh)/.test(label)) return undefined;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label);
  } catch {
    return undefined;
  }
  const decoded = decoder.decode(Uint8Array.from({ length: 128 }, (_, i) => 128 + i));
  // The web takes some of ISO's for Windows' with the same letters, and bytes that Windows does not define for controls.
  const control = (character: string, i: number) =>
    label.startsWith('iso') ? String.fromCharCode(128 + i) : character.charCodeAt(0) === 128 + i ? '\ufffd' : character;
  return [...decoded]
    .map((character, i) =>
      i < 32 && label !== 'macintosh' && !label.startsWith('koi8') ? control(character, i) : character,
    )
    .join('');
}

function fromTable(upper: string): ToUtf8 {
  const encoded = [...upper].map((character) => (character === '\ufffd' ? undefined : Buffer.from(character)));
  return (bytes) => {
    const result = new Uint8Array(3 * bytes.length);
    let length = 0;
    for (const byte of bytes) {
      if (byte < 128) {
        result[length++] = byte;
        continue;
      }
      const character = encoded[byte - 128];
      if (!character) return undefined;
      for (let i = 0; i < character.length; i++) result[length++] = character[i]!;
    }
    return result.subarray(0, length);
  };
}
