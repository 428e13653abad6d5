import { isUtf8 } from 'node:buffer';
import { LifecycleError } from '../../../errors.ts';
import { codePage, type ToUtf8, toUtf8 } from '../text/code-pages.ts';

/** Code pages by the language driver's number in a .dbf file, those that are in use. */
const LANGUAGE_DRIVERS: Readonly<Record<number, string>> = {
  1: 'cp437',
  2: 'cp850',
  3: 'cp1252',
  4: 'macintosh',
  8: 'cp865',
  19: 'cp932',
  77: 'cp936',
  78: 'cp949',
  79: 'cp950',
  80: 'cp874',
  87: 'cp1252',
  88: 'cp1252',
  89: 'cp1252',
  100: 'cp852',
  101: 'cp866',
  102: 'cp865',
  103: 'cp861',
  106: 'cp737',
  107: 'cp857',
  120: 'cp950',
  121: 'cp949',
  122: 'cp936',
  123: 'cp932',
  124: 'cp874',
  200: 'cp1250',
  201: 'cp1251',
  202: 'cp1254',
  203: 'cp1253',
  204: 'cp1257',
};

/** What the file itself says about its text, for a hint: the template decides. */
export interface Declared {
  /** What the .cpg file holds. */
  codePageFile: string | undefined;
  languageDriver: number;
}

/** The code page that a .cpg file means, as it is written in the wild: `1252`, `ANSI 1252`, `ISO 88591`, `UTF-8`. */
function codePageOf({ codePageFile }: Declared): string | undefined {
  return codePageFile === undefined ? undefined : codePage(codePageFile.replace(/^(?:ansi|oem|iso)\s+(?=\d)/i, ''));
}

/** What a file says that its text is in; Latin-1 where it says nothing, as GDAL takes it. */
function declaredEncoding(declared: Declared): string {
  return codePageOf(declared) ?? LANGUAGE_DRIVERS[declared.languageDriver] ?? 'latin1';
}

/** Encodings whose ASCII bytes may be other letters: text in them would be taken for what it is not. */
const KEEPS_STATE = /^(?:iso[-_ ]?2022|utf[-_ ]?(?:7|16|32)|hz$|csiso2022)/i;

/** The text of a .dbf file. */
export class DbfEncoding {
  readonly #given: string;
  readonly #declared: Declared;
  /** Undefined where the bytes are UTF-8 already. */
  readonly #convert: ToUtf8 | undefined;
  readonly #isKnown: boolean;

  /**
   * @param encoding of the template; a name that GDAL does not know means UTF-8 to it, and here. Undefined for what the
   * file declares
   */
  constructor(encoding: string | undefined, declared: Declared) {
    const given = encoding ?? declaredEncoding(declared);
    if (KEEPS_STATE.test(given))
      throw new LifecycleError('ING_BAD_ENCODING', `the .dbf file cannot be read as ${given}`, {
        hint: 'convert it at its source, or set `encoding` in file_format to what its text is in, such as cp1252',
      });
    this.#given = given;
    this.#declared = declared;
    // GDAL calls it latin1.
    const label = /^latin[-_]1$/i.test(given) ? undefined : codePage(given);
    this.#convert = label && label !== 'utf-8' ? toUtf8(label) : undefined;
    this.#isKnown = label === 'utf-8' || this.#convert !== undefined;
  }

  /** UTF-8 of bytes that are not all ASCII; undefined for bytes that the encoding does not define. */
  decode(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#convert) return this.#convert(bytes);
    return isUtf8(bytes) ? bytes : undefined;
  }

  /** @param where such as `column "NAME", record 3` */
  refuse(where: string, bytes: Uint8Array): LifecycleError {
    const shown = JSON.stringify(Buffer.from(bytes.subarray(0, 60)).toString('latin1'));
    const name = this.#isKnown ? this.#given : 'utf-8';
    return new LifecycleError(
      'ING_BAD_ENCODING',
      `${where} of the .dbf file: the bytes that Latin-1 would read as ${shown} are no ${name}`,
      { hint: this.#hint() },
    );
  }

  #hint(): string {
    const unknown = this.#isKnown
      ? ''
      : `${JSON.stringify(this.#given)} is no encoding that shapefiles are read with; `;
    const { codePageFile, languageDriver } = this.#declared;
    const said = codePageOf(this.#declared);
    if (said && said !== codePage(this.#given))
      return `${unknown}set encoding: ${said.replace('windows-', 'cp').replace(/^iso-8859-1$/, 'latin1')} in file_format, since the .cpg file says ${codePageFile}`;
    const driver = LANGUAGE_DRIVERS[languageDriver];
    if (driver && codePage(driver) !== codePage(this.#given))
      return `${unknown}set encoding: ${driver} in file_format, which is what the .dbf file says its text is in`;
    return `${unknown}set \`encoding\` in file_format to what the source uses, such as cp1252, cp437 or latin1; a text cut within a character must be mended at the source`;
  }
}
