/** What is said of a run and not of the data: who, when, how long. */
const OF_THE_RUN = new Set(['run_details', 'timestamp', 'start_time', 'end_time', 'elapsed_seconds']);
const SHOWN = 60;

/** Where two JSON documents say something else, as `path: ours | theirs`; the order of keys says nothing. */
export function documentDifferences(first: unknown, second: unknown, at = ''): string[] {
  if (Object.is(first, second)) return [];
  if (isRecord(first) && isRecord(second)) {
    const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter((name) => !OF_THE_RUN.has(name));
    return names.flatMap((name) => documentDifferences(first[name], second[name], at === '' ? name : `${at}.${name}`));
  }
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    return first.flatMap((item, i) => documentDifferences(item, second[i], `${at}[${i}]`));
  }
  return [`${at}: ${shown(first)} | ${shown(second)}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
