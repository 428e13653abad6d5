// `npm test`: sets up what is missing, runs every test, quick ones first, and ends with the files that took longest and
// one line of totals. Airflow waits more than it computes, so its tests run beside the others.
// `npm test -- FILE...` runs only those files; `npm test -- --reliability` also writes docs/reliability.md.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { reliabilityPage } from '../test/faults.mjs';
import { INSTALLATION, prepare, prepareProgram, runMain, runProgram } from './bootstrap.mjs';

/** A test that hangs must end the run some time, with its name. */
const TEST_TIMEOUT_MS = 15 * 60_000;
/** How many files the end of a whole run names. */
const SLOWEST = 12;

function testFilesBelow(folder) {
  const root = path.join(INSTALLATION, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort();
}

/** Suites that run side by side; in each list one after another: what breaks first should be seen first. */
function lanes(wanted) {
  if (wanted.length > 0) return [[{ name: 'chosen tests', files: wanted, concurrency: 1 }]];
  const other = testFilesBelow('test');
  const inAirflow = (file) => file.startsWith(path.join('test', 'airflow') + path.sep);
  // A test waits for a process, a server or a lock for much of its time.
  const concurrency = os.availableParallelism() + 1;
  return [
    [
      { name: 'unit tests', files: testFilesBelow('src'), concurrency },
      { name: 'the program as a whole', files: other.filter((file) => !inAirflow(file)), concurrency },
    ],
    // One server at a time: a second one would take the memory and the time of the first.
    [{ name: 'a real Airflow', files: other.filter(inAirflow), concurrency: 1 }],
  ];
}

/** @param report where the report goes: a file, or `stdout` */
async function runSuite({ name, files, concurrency }, scratch, report) {
  const totalsFile = path.join(scratch, `${name}.json`);
  if (report === 'stdout') process.stdout.write(`\n# ${name}\n`);
  const exitCode = await runProgram(path.join(INSTALLATION, 'bin', 'node'), [
    ...['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${TEST_TIMEOUT_MS}`],
    ...['--test-reporter=spec', `--test-reporter-destination=${report}`],
    ...[`--test-reporter=${new URL('test-totals.mjs', import.meta.url)}`, `--test-reporter-destination=${totalsFile}`],
    ...files,
  ]);
  if (report !== 'stdout') process.stdout.write(`\n# ${name}\n${readFileSync(report, 'utf8')}`);
  const text = existsSync(totalsFile) ? readFileSync(totalsFile, 'utf8') : '';
  const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  // Cut off before the summary: whatever it was, it has not passed.
  const cutOff = { passed: 0, failed: 1, cancelled: 0, skipped: 0, todo: 0 };
  const counts = lines.find((line) => line.counts)?.counts ?? cutOff;
  const failed = counts.failed + counts.cancelled;
  const inProject = (found) => ({ ...found, file: path.relative(INSTALLATION, found.file) });
  return {
    passed: counts.passed,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: counts.skipped + counts.todo,
    stopped: exitCode > 128,
    faults: lines.flatMap(({ test }) => (test ? [inProject(test)] : [])),
    times: lines.flatMap(({ time }) => (time ? [inProject(time)] : [])),
  };
}

/** The first lane is followed as it goes; what another one reports comes when it has ended. */
async function runLane(suites, index, scratch) {
  const results = [];
  for (const suite of suites) {
    if (suite.files.length === 0) continue;
    results.push(await runSuite(suite, scratch, index === 0 ? 'stdout' : path.join(scratch, `${index}.txt`)));
    if (results.at(-1).stopped) break;
  }
  return results;
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
  const wanted = process.argv.slice(2).filter((argument) => argument !== '--reliability');
  const start = Date.now();
  let results;
  try {
    results = (await Promise.all(lanes(wanted).map((suites, i) => runLane(suites, i, scratch)))).flat();
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
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  const minutes = ((Date.now() - start) / 60_000).toFixed(1);
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}, ${minutes} min\n`);
  // A run that tests nothing must not look like a run that finds nothing.
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
});
