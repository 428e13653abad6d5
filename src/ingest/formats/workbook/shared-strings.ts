import type { ZipFiles } from '../../../archive/archive.ts';
import { badXml, readXml } from './xml.ts';

/** Characters of all texts together: what stands in memory while a sheet is read. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/**
 * The texts that cells refer to by number. Runs of differently formatted text are joined, phonetic readings left out.
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readSharedStrings(files: ZipFiles, part: string | undefined): Promise<string[]> {
  const strings: string[] = [];
  if (part === undefined) return strings;
  const text = new TextCollector();
  let characters = 0;
  await readXml(files.read(part), part, {
    open(name) {
      if (name === 'si') text.begin();
      else text.open(name);
    },
    close(name) {
      if (name !== 'si') return text.close(name);
      const whole = text.end();
      characters += whole.length;
      if (characters > MOST_CHARACTERS) throw badXml(part, `its texts are longer than ${MOST_CHARACTERS} characters`);
      // As openpyxl has it: the escape of an underscore is taken back, those of control characters stay.
      strings.push(whole.includes('x005F_') ? whole.replaceAll('x005F_', '') : whole);
    },
    text: (piece) => text.add(piece),
  });
  return strings;
}

/** Joins the text of `t` elements, but for those of a phonetic reading (`rPh`). */
export class TextCollector {
  #text = '';
  #within = false;
  #phonetic = false;

  begin(): void {
    this.#text = '';
    this.#within = false;
    this.#phonetic = false;
  }

  open(name: string): void {
    if (name === 't') this.#within = !this.#phonetic;
    else if (name === 'rPh') this.#phonetic = true;
  }

  close(name: string): void {
    if (name === 't') this.#within = false;
    else if (name === 'rPh') this.#phonetic = false;
  }

  add(piece: string): void {
    if (this.#within) this.#text += piece;
  }

  end(): string {
    return this.#text;
  }
}
