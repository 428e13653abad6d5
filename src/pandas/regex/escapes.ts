import { PatternProblem } from './syntax.ts';

/** Letters that stand for one character after a backslash, in patterns and replacements. */
export const CONTROL_LETTERS: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
]);

/** Digits that follow `\x`, `\u` and `\U`. */
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** `\x41`, `\u2013`, `\U0001f600` or `\N{EN DASH}`; undefined for another letter. `at` is that of the letter. */
export function codeEscape(text: readonly string[], at: number): { code: number; end: number } | undefined {
  const letter = text[at]!;
  if (letter === 'N') return namedEscape(text, at);
  const digits = HEX_DIGITS.get(letter);
  if (digits === undefined) return undefined;
  let end = at + 1;
  while (end < at + 1 + digits && /^[0-9a-fA-F]$/.test(text[end] ?? '')) end++;
  const written = text.slice(at + 1, end).join('');
  if (written.length < digits) throw new PatternProblem(`incomplete escape \\${letter}${written}`, at - 1);
  const code = Number.parseInt(written, 16);
  if (code > 0x10ffff) throw new PatternProblem(`bad escape \\${letter}${written}`, at - 1);
  return { code, end };
}

/** The names that are written in patterns: marks that look alike. Letters are put together of letter and accent. */
const NAMES: Readonly<Record<string, number>> = {
  'NO-BREAK SPACE': 0xa0,
  'SOFT HYPHEN': 0xad,
  'ZERO WIDTH SPACE': 0x200b,
  'ZERO WIDTH NON-JOINER': 0x200c,
  'ZERO WIDTH JOINER': 0x200d,
  'LEFT-TO-RIGHT MARK': 0x200e,
  'RIGHT-TO-LEFT MARK': 0x200f,
  'EN QUAD': 0x2000,
  'EM QUAD': 0x2001,
  'EN SPACE': 0x2002,
  'EM SPACE': 0x2003,
  'FIGURE SPACE': 0x2007,
  'THIN SPACE': 0x2009,
  'HAIR SPACE': 0x200a,
  'NARROW NO-BREAK SPACE': 0x202f,
  'IDEOGRAPHIC SPACE': 0x3000,
  HYPHEN: 0x2010,
  'NON-BREAKING HYPHEN': 0x2011,
  'FIGURE DASH': 0x2012,
  'EN DASH': 0x2013,
  'EM DASH': 0x2014,
  'HORIZONTAL BAR': 0x2015,
  'MINUS SIGN': 0x2212,
  'HYPHEN-MINUS': 0x2d,
  'LEFT SINGLE QUOTATION MARK': 0x2018,
  'RIGHT SINGLE QUOTATION MARK': 0x2019,
  'SINGLE LOW-9 QUOTATION MARK': 0x201a,
  'LEFT DOUBLE QUOTATION MARK': 0x201c,
  'RIGHT DOUBLE QUOTATION MARK': 0x201d,
  'DOUBLE LOW-9 QUOTATION MARK': 0x201e,
  PRIME: 0x2032,
  'DOUBLE PRIME': 0x2033,
  APOSTROPHE: 0x27,
  'QUOTATION MARK': 0x22,
  'GRAVE ACCENT': 0x60,
  'ACUTE ACCENT': 0xb4,
  BULLET: 0x2022,
  'HORIZONTAL ELLIPSIS': 0x2026,
  'MIDDLE DOT': 0xb7,
  'DEGREE SIGN': 0xb0,
  'PLUS-MINUS SIGN': 0xb1,
  'MULTIPLICATION SIGN': 0xd7,
  'DIVISION SIGN': 0xf7,
  'SUPERSCRIPT TWO': 0xb2,
  'SUPERSCRIPT THREE': 0xb3,
  'SECTION SIGN': 0xa7,
  'PILCROW SIGN': 0xb6,
  'COPYRIGHT SIGN': 0xa9,
  'REGISTERED SIGN': 0xae,
  'TRADE MARK SIGN': 0x2122,
  'EURO SIGN': 0x20ac,
  'POUND SIGN': 0xa3,
  'CENT SIGN': 0xa2,
  'YEN SIGN': 0xa5,
  'DOLLAR SIGN': 0x24,
  'NUMERO SIGN': 0x2116,
  DAGGER: 0x2020,
  'DOUBLE DAGGER': 0x2021,
  'VULGAR FRACTION ONE HALF': 0xbd,
  'VULGAR FRACTION ONE QUARTER': 0xbc,
  'VULGAR FRACTION THREE QUARTERS': 0xbe,
  'REPLACEMENT CHARACTER': 0xfffd,
  'ZERO WIDTH NO-BREAK SPACE': 0xfeff,
  'LEFT-POINTING DOUBLE ANGLE QUOTATION MARK': 0xab,
  'RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK': 0xbb,
  SPACE: 0x20,
  COMMA: 0x2c,
  'FULL STOP': 0x2e,
  SOLIDUS: 0x2f,
  'REVERSE SOLIDUS': 0x5c,
  COLON: 0x3a,
  SEMICOLON: 0x3b,
  'NUMBER SIGN': 0x23,
  AMPERSAND: 0x26,
  ASTERISK: 0x2a,
  'PLUS SIGN': 0x2b,
  'EQUALS SIGN': 0x3d,
  'COMMERCIAL AT': 0x40,
  'LOW LINE': 0x5f,
  'VERTICAL LINE': 0x7c,
  TILDE: 0x7e,
  'PERCENT SIGN': 0x25,
  'LEFT PARENTHESIS': 0x28,
  'RIGHT PARENTHESIS': 0x29,
  'LATIN SMALL LETTER SHARP S': 0xdf,
  'LATIN SMALL LETTER AE': 0xe6,
  'LATIN CAPITAL LETTER AE': 0xc6,
  'LATIN SMALL LETTER O WITH STROKE': 0xf8,
  'LATIN CAPITAL LETTER O WITH STROKE': 0xd8,
  'LATIN SMALL LIGATURE FI': 0xfb01,
  'LATIN SMALL LIGATURE FL': 0xfb02,
};
const ACCENTS: Readonly<Record<string, string>> = {
  ACUTE: '\u0301',
  GRAVE: '\u0300',
  CIRCUMFLEX: '\u0302',
  TILDE: '\u0303',
  DIAERESIS: '\u0308',
  'RING ABOVE': '\u030a',
  CEDILLA: '\u0327',
  CARON: '\u030c',
  MACRON: '\u0304',
  BREVE: '\u0306',
  OGONEK: '\u0328',
  'DOT ABOVE': '\u0307',
};

function namedEscape(text: readonly string[], at: number): { code: number; end: number } {
  const close = text.indexOf('}', at);
  if (text[at + 1] !== '{') throw new PatternProblem('missing {', at + 1);
  if (close < 0) throw new PatternProblem('missing }, unterminated name', at + 2);
  const name = text.slice(at + 2, close).join('');
  const code = codeOfName(name.toUpperCase());
  if (code === undefined) {
    throw new PatternProblem(
      `the character name ${JSON.stringify(name)} is not known here; write it as \\uXXXX`,
      at - 1,
    );
  }
  return { code, end: close + 1 };
}

function codeOfName(name: string): number | undefined {
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])(?: WITH ([A-Z ]+))?$/.exec(name);
  if (!letter) return undefined;
  const base = letter[1] === 'SMALL' ? letter[2]!.toLowerCase() : letter[2]!;
  const accent = letter[3] === undefined ? '' : ACCENTS[letter[3]];
  const composed = accent === undefined ? '' : (base + accent).normalize('NFC');
  return [...composed].length === 1 ? composed.codePointAt(0) : undefined;
}
