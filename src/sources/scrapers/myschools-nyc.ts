import { keyOf, oneOf } from '../arguments.ts';
import { endpoint } from '../endpoint.ts';
import { HttpClient } from '../http/client.ts';
import { answerError, fetchText } from '../http/text.ts';
import type { SourceConnector } from '../source.ts';
import { elementsOf, membersOf } from '../transfer/json-slices.ts';
import { deadlineOf } from '../transfer/retry.ts';
import { toJsonArray, writeRaw } from './raw-text.ts';

const TYPE = 'myschools_nyc';
/** The processes of MySchools that can be read, and the number that each has there. */
const PROCESSES = { prek: 5 } as const;

/** Programs of MySchools, page after page of its interface. */
export const connector: SourceConnector = {
  type: TYPE,
  async fetch(args, destination, context) {
    const key = oneOf(keyOf(args, TYPE), Object.keys(PROCESSES) as (keyof typeof PROCESSES)[], 'key', TYPE);
    using client = new HttpClient(context);
    const base = endpoint('MYSCHOOLS_NYC', 'https://www.myschools.nyc', context);
    const first = `${base}/en/api/v2/schools/process/${PROCESSES[key]}/`;
    const deadline = deadlineOf(client.policy);
    const seen = new Set<string>();
    const programs: string[] = [];
    for (let url: string | undefined = first; url !== undefined; ) {
      if (seen.has(url)) throw answerError(url, 'its pages go round in a circle');
      seen.add(url);
      const page: { results: string[]; next: string | undefined } = pageOf(
        await fetchText(client, url, context, { deadline }),
        url,
      );
      if (page.results.length === 0) break;
      programs.push(...page.results);
      context.reporter.progress('programs', programs.length, undefined, 'rows');
      url = page.next;
    }
    const facts = { url: first, pages: seen.size, rows: programs.length };
    return writeRaw(destination, `${TYPE}_${key}.json`, toJsonArray(programs), facts);
  },
};

/** Results keep their text, so that numbers come through as they were written. */
function pageOf(text: string, url: string): { results: string[]; next: string | undefined } {
  try {
    const members = new Map(membersOf(text).map(({ key, value }) => [key, value]));
    const next: unknown = JSON.parse(members.get('next') ?? 'null');
    return {
      results: elementsOf(members.get('results') ?? '[]'),
      next: typeof next === 'string' ? new URL(next, url).href : undefined,
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw answerError(url, error.message, error);
  }
}
