import { LifecycleError } from '../../errors.ts';
import { jsonFault } from './json-fault.ts';

const SHOWN = 40;
/** What reads a file with a value on each line. */
const LINES_HINT =
  'the file holds one JSON value a line: set type: json, json_read_fn: read_json and json_read_kwargs: {lines: true} in file_format';

/**
 * The error of a text that is no JSON: at which line and column, what stands there, and what to do.
 * @param where `line` of the file at which the text begins, where the text is one line of many; what to do about a file
 * with a value on each line
 */
export function notJson(
  text: string,
  cause: unknown,
  { line, linesHint = LINES_HINT }: { line?: number | undefined; linesHint?: string } = {},
): LifecycleError {
  if (cause instanceof RangeError) {
    return new LifecycleError(
      'ING_LIMIT',
      'the JSON has lists and objects within each other, deeper than can be read',
      {
        cause,
        hint: 'look at the file: it is hardly what it should be',
      },
    );
  }
  const fault = jsonFault(text);
  const begins = text.trimStart();
  if (begins.startsWith('<')) return refusal('it begins like a page of HTML or XML', 'look at what the source answers');
  if (begins === '') return refusal('it is empty', 'look at what the source answers');
  if (!fault) return refusal(cause instanceof Error ? cause.message : String(cause), 'mend the file at its source');
  const before = text.slice(0, fault.at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lines = before.split('\n').length;
  const place = `line ${(line ?? 1) + lines - 1}, column ${fault.at - lineStart + 1}`;
  if (fault.kind === 'end') {
    const hint =
      line === undefined ? 'it is cut off: fetch it again' : 'the line is cut off: mend the file at its source';
    return refusal(`it ends at ${place}, where ${fault.expected} should follow`, hint);
  }
  const found = JSON.stringify(text.slice(fault.at, fault.at + SHOWN));
  if (fault.kind === 'more' && line === undefined && /[[{]/.test(text[fault.at]!) && before.includes('\n'))
    return refusal(`at ${place} a second value begins`, linesHint);
  return refusal(`at ${place} stands ${found} where ${fault.expected} should be`, 'mend the file at its source');

  function refusal(what: string, hint: string): LifecycleError {
    return new LifecycleError('ING_BAD_FILE', `the file is no JSON: ${what}`, { cause, hint });
  }
}
