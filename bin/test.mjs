// `npm test`: sets up what is missing, runs every test, quick ones first, and ends with one line of totals.
// `npm test -- FILE...` runs only those files; `npm test -- --reliability` also writes docs/reliability.md.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { reliabilityPage } from '../test/faults.mjs';
import { INSTALLATION, prepare, runMain, runProgram } from './bootstrap.mjs';

/** A test that hangs must end the run some time, with its name. */
const TEST_TIMEOUT_MS = 15 * 60_000;

function testFilesBelow(folder) {
  const root = path.join(INSTALLATION, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort();
}

/** The suites in the order in which they run: what breaks first should be seen first. */
function suites(wanted) {
  if (wanted.length > 0) return [{ name: 'chosen tests', files: wanted, concurrency: 1 }];
  const other = testFilesBelow('test');
  const inAirflow = (file) => file.startsWith(path.join('test', 'airflow') + path.sep);
  return [
    { name: 'unit tests', files: testFilesBelow('src'), concurrency: 2 },
    { name: 'the program as a whole', files: other.filter((file) => !inAirflow(file)), concurrency: 2 },
    // One server at a time: it needs the machine for itself.
    { name: 'a real Airflow', files: other.filter(inAirflow), concurrency: 1 },
  ];
}

async function runSuite({ name, files, concurrency }, totalsFile) {
  process.stdout.write(`\n# ${name}\n`);
  rmSync(totalsFile, { force: true });
  const exitCode = await runProgram(path.join(INSTALLATION, 'bin', 'node'), [
    ...['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${TEST_TIMEOUT_MS}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${new URL('test-totals.mjs', import.meta.url)}`, `--test-reporter-destination=${totalsFile}`],
    ...files,
  ]);
  const text = existsSync(totalsFile) ? readFileSync(totalsFile, 'utf8') : '';
  const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  // Cut off before the summary: whatever it was, it has not passed.
  const cutOff = { passed: 0, failed: 1, cancelled: 0, skipped: 0, todo: 0 };
  const counts = lines.find((line) => line.counts)?.counts ?? cutOff;
  const failed = counts.failed + counts.cancelled;
  return {
    passed: counts.passed,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: counts.skipped + counts.todo,
    stopped: exitCode > 128,
    faults: lines.flatMap(({ test }) => (test ? [{ ...test, file: path.relative(INSTALLATION, test.file) }] : [])),
  };
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
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'lifecycle-test-'));
  const total = { passed: 0, failed: 0, skipped: 0 };
  const faults = [];
  const writesPage = process.argv.includes('--reliability');
  const wanted = process.argv.slice(2).filter((argument) => argument !== '--reliability');
  let whole = wanted.length === 0;
  try {
    for (const suite of suites(wanted)) {
      if (suite.files.length === 0) continue;
      const result = await runSuite(suite, path.join(scratch, 'totals.json'));
      for (const key of Object.keys(total)) total[key] += result[key];
      faults.push(...result.faults);
      if (!result.stopped) continue;
      whole = false;
      break;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (whole && !faultsAreTested(faults, writesPage)) total.failed++;
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  // A run that tests nothing must not look like a run that finds nothing.
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
});
