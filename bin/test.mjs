// `npm test`: sets up what is missing, runs the first part of the tests, longest files first, and ends with the files that
// took longest, what is left to the second part, and one line of totals. `npm test -- --all` runs both parts.
// A server of Airflow waits more than it computes, so its tests run beside the others.
// `npm test -- FILE...` runs only those files; `npm test -- --reliability` runs all, and writes docs/reliability.md.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { reliabilityPage } from '../test/faults.mjs';
import { prepare, prepareProgram } from './bootstrap.mjs';
import { INSTALLATION } from './installation.mjs';
import { runMain, runProgram } from './run-main.mjs';

/** A test that hangs must end the run some time, with its name. */
const TEST_TIMEOUT_MS = 15 * 60_000;
/** How many files the end of a whole run names. */
const SLOWEST = 12;
/** What would be the end of a run by itself begins first. */
const LONGEST_FIRST = [
  'test/ingest/memory.test.ts',
  'test/ingest/kill.test.ts',
  'test/ingest/large-csv-faults.test.ts',
  'test/builds/fetch-kill.test.ts',
  'src/ingest/formats/geojson/wide.test.ts',
  'src/ingest/formats/json-parser.test.ts',
  'test/ingest/order-of-rows.test.ts',
  'test/page/use.test.ts',
  'test/reports/report.test.ts',
  'test/page/pages.test.ts',
  'test/ingest/native-stop.test.ts',
  'test/builds/commands.test.ts',
  'test/backfill/batch-attacks.test.ts',
  'test/backfill/batch-kill.test.ts',
  'test/builds/postgres.test.ts',
  'test/builds/fetched.test.ts',
  'test/serve/states.test.ts',
  'test/catalog/catalog.test.ts',
  'test/builds/stale.test.ts',
  'test/cli/snapshots.test.ts',
  'src/ingest/formats/csv/trusted.test.ts',
  'src/profile/profile.test.ts',
];
/** Those that start servers of Airflow, one at a time: a second one would take the memory and the time of the first. */
const SERVERS = ['e2e', 'recovery', 'npm', 'cluster'].map((name) => `test/airflow/${name}.test.ts`);

function testFilesBelow(folder) {
  const root = path.join(INSTALLATION, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort();
}

/** Suites that run side by side. */
function suites(wanted) {
  if (wanted.length > 0) return [{ name: 'chosen tests', files: wanted, concurrency: 1 }];
  const files = new Set([...LONGEST_FIRST, ...testFilesBelow('src'), ...testFilesBelow('test')]);
  for (const file of SERVERS) files.delete(file);
  // A test waits for a process, a server, a lock or the disk for much of its time.
  const concurrency = 2 * os.availableParallelism();
  return [
    { name: 'unit tests, and the program as a whole', files: [...files], concurrency, givesWay: true },
    { name: 'servers of Airflow', files: SERVERS, concurrency: 1 },
  ];
}

/** The first suite is followed as it goes; what another one reports comes when it has ended. */
async function runSuite({ name, files, concurrency, givesWay = false }, index, scratch, env) {
  const facts = path.join(scratch, `${index}.json`);
  const report = index === 0 ? undefined : path.join(scratch, `${index}.txt`);
  if (report === undefined) process.stdout.write(`\n# ${name}\n`);
  const runner = path.join(INSTALLATION, 'bin', 'run-tests.mjs');
  const absolute = files.map((file) => path.resolve(INSTALLATION, file));
  const options = { files: absolute, concurrency, timeout: TEST_TIMEOUT_MS, givesWay, report, facts };
  const exitCode = await runProgram(path.join(INSTALLATION, 'bin', 'node'), [runner, JSON.stringify(options)], env);
  if (report !== undefined) process.stdout.write(`\n# ${name}\n${readFileSync(report, 'utf8')}`);
  const text = existsSync(facts) ? readFileSync(facts, 'utf8') : '';
  const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  // Cut off before the summary: whatever it was, it has not passed.
  const cutOff = { passed: 0, failed: 1, cancelled: 0, skipped: 0, todo: 0 };
  const counts = lines.find((line) => line.counts)?.counts ?? cutOff;
  const failed = counts.failed + counts.cancelled;
  const all = (kind) =>
    lines.flatMap((line) =>
      line[kind] ? [{ ...line[kind], file: path.relative(INSTALLATION, line[kind].file) }] : [],
    );
  return {
    passed: counts.passed,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: counts.skipped + counts.todo,
    stopped: exitCode > 128 || lines.some((line) => line.stoppedBy),
    faults: all('test'),
    times: all('time'),
    left: all('left'),
  };
}

/** What the first part has left to the second: nobody is to take the one for both. */
function leftToSecondPart(left) {
  const rows = left.map(({ file, what }) => `    ${file}: ${what}\n`).sort();
  return `\nNOT RUN: the second part of the tests. \`npm test -- --all\` runs both parts; it adds\n${rows.join('')}`;
}

function slowest(times) {
  const rows = times.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  return rows.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}\n`).join('');
}

/** What a run of everything shows of the faults of test/faults.mjs. False where no test makes one of them. */
function faultsAreTested(tests, writesPage) {
  const { text, untested } = reliabilityPage(tests);
  if (writesPage) writeFileSync(path.join(INSTALLATION, 'docs', 'reliability.md'), text);
  if (untested.length > 0)
    process.stdout.write(`\nno test makes the faults ${untested.join(', ')} of test/faults.mjs\n`);
  return untested.length === 0;
}

runMain(async () => {
  process.chdir(INSTALLATION);
  await prepare();
  await prepareProgram();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'lifecycle-test-'));
  const writesPage = process.argv.includes('--reliability');
  const both = writesPage || process.argv.includes('--all');
  const wanted = process.argv.slice(2).filter((argument) => !['--all', '--reliability'].includes(argument));
  const env = both ? { LIFECYCLE_ALL_TESTS: '1' } : {};
  const start = Date.now();
  let results;
  try {
    results = await Promise.all(suites(wanted).map((suite, i) => runSuite(suite, i, scratch, env)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) for (const key of Object.keys(total)) total[key] += result[key];
  const whole = wanted.length === 0 && results.every(({ stopped }) => !stopped);
  const faults = results.flatMap((result) => result.faults);
  if (wanted.length === 0)
    process.stdout.write(`\nthe slowest files:\n${slowest(results.flatMap(({ times }) => times))}`);
  if (whole && !faultsAreTested(faults, writesPage)) total.failed++;
  const left = results.flatMap((result) => result.left);
  if (left.length > 0) process.stdout.write(leftToSecondPart(left));
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  const minutes = ((Date.now() - start) / 60_000).toFixed(1);
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}, ${minutes} min\n`);
  // A run that tests nothing must not look like a run that finds nothing.
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
});
