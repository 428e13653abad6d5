// A reporter for Node's test runner: the totals of a run as one line of JSON, and before it a line for each test that
// makes a fault (test/faults.mjs) and for the time that each file took.
import { faultsNamed } from '../test/faults.mjs';

export default async function* totals(source) {
  for await (const { type, data } of source) {
    // The summary without a file is that of the whole run.
    if (type === 'test:summary' && data.file === undefined) yield `${JSON.stringify({ counts: data.counts })}\n`;
    if (type === 'test:summary' && data.file !== undefined) {
      yield `${JSON.stringify({ time: { file: data.file, seconds: data.duration_ms / 1000 } })}\n`;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const faults = faultsNamed(data.name);
    if (faults.length === 0) continue;
    const outcome = type === 'test:fail' ? 'failed' : data.skip === undefined ? 'passed' : 'skipped';
    yield `${JSON.stringify({ test: { file: data.file, faults, outcome } })}\n`;
  }
}
