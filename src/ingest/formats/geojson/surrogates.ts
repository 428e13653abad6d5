import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** An escape in a JSON string; of halves of surrogate pairs, two that belong together are one. */
const ESCAPE = /\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g;

/**
 * Copies a file of JSON lines and puts the replacement character where half a surrogate pair is escaped: what is left of
 * an emoji by a program that cuts texts at a number of UTF-16 units.
 */
export async function mendSurrogates(lines: string, target: string): Promise<void> {
  const out = await open(target, 'w');
  try {
    const input = createReadStream(lines, 'latin1');
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const mended = line.replace(ESCAPE, (text) => (/^\\u[dD][89a-fA-F]..$/.test(text) ? '\\ufffd' : text));
      await out.write(`${mended}\n`, null, 'latin1');
    }
  } finally {
    await out.close();
  }
}
