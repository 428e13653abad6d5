import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hashText } from '../../store/files.ts';
import type { Fetched } from '../source.ts';
import { writing } from '../transfer/writing.ts';

/**
 * Writes what was gathered as the raw file.
 * @throws LifecycleError STO_WRITE_FAILED
 */
export async function writeRaw(
  destination: string,
  filename: string,
  text: string,
  facts: Record<string, unknown>,
): Promise<Fetched> {
  const file = path.join(destination, filename);
  await writing(() => writeFile(file, text));
  return { path: file, filename, facts: { ...facts, bytes: Buffer.byteLength(text), sha256: hashText(text) } };
}

/** Records as CSV: the names of the first one as header, quotes where they are needed, nothing for what is unknown. */
export function toCsv(records: readonly Readonly<Record<string, string | undefined>>[]): string {
  const names = Object.keys(records[0] ?? {});
  const cell = (value: string | undefined) => {
    const text = value ?? '';
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [names.map(cell), ...records.map((record) => names.map((name) => cell(record[name])))];
  return `${lines.map((line) => line.join(',')).join('\n')}\n`;
}

/** JSON texts as an array, each on a line of its own and as it was written. */
export function toJsonArray(elements: readonly string[]): string {
  return elements.length === 0 ? '[]\n' : `[\n${elements.join(',\n')}\n]\n`;
}
