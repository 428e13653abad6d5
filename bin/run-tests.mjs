// One suite of `npm test`, on Node 24: runs test files in the order in which they are given, which `node --test` would
// sort by name, and prints a report. What comes of them goes to a file, one fact a line of JSON.
import { createWriteStream, writeFileSync } from 'node:fs';
import os from 'node:os';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { faultsNamed } from '../test/faults.mjs';

/** What a test of the second part says where it is left out, or a part of it (test/second-part.ts). */
const SECOND_PART = /^SECOND PART: /;
/** As `nice` counts. */
const GIVES_WAY = 5;

/** @type {{ files: string[], concurrency: number, timeout: number, givesWay: boolean, report?: string, facts: string }} */
const { files, concurrency, timeout, givesWay, report, facts } = JSON.parse(process.argv[2]);

// Those that wait for a server of Airflow are the longest chain; what runs beside gives them way.
if (givesWay) os.setPriority(GIVES_WAY);

const lines = [];
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    lines.push({ stoppedBy: signal });
    stopping.abort();
    process.exitCode = 1;
  });

const tests = run({ files, concurrency, timeout, signal: stopping.signal });
tests.on('test:summary', ({ file, counts, duration_ms }) => {
  // The summary without a file is that of the whole run.
  lines.push(file === undefined ? { counts } : { time: { file, seconds: duration_ms / 1000 } });
});
tests.on('test:diagnostic', ({ file, message }) => {
  if (SECOND_PART.test(message)) lines.push({ left: { file, what: message.replace(SECOND_PART, '') } });
});
const ended = (failed) => (data) => {
  if (failed) process.exitCode = 1;
  const { name, file, skip } = data;
  const isLeft = typeof skip === 'string' && SECOND_PART.test(skip);
  if (isLeft) lines.push({ left: { file, what: name } });
  const faults = faultsNamed(name);
  if (faults.length === 0) return;
  const outcome = failed ? 'failed' : isLeft ? 'left' : skip === undefined ? 'passed' : 'skipped';
  lines.push({ test: { file, faults, outcome } });
};
tests.on('test:pass', ended(false));
tests.on('test:fail', ended(true));
tests.on('close', () => writeFileSync(facts, lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
tests.pipe(new SpecReporter()).pipe(report === undefined ? process.stdout : createWriteStream(report));
