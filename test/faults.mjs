/**
 * The faults that the program is built to survive, by group. A test that makes one says so in its title: `fault 12: …`,
 * `faults 12 and 13: …`. A whole `npm test` fails where a fault has no
 * test; with `--reliability` it writes docs/reliability.md.
 */
const FAULTS = {
  'Crash and disk': {
    1: 'SIGKILL at every step: readers see the old state or the new one, and the same command then succeeds',
    2: 'SIGTERM or Ctrl-C in a download, in native work, in a build: no process, lock or staging is left',
    3: 'the disk is full at the start, in the middle, at the record: a clear error, the old version intact',
    4: 'the store cannot be written: no permission, a read-only mount, a file in its place',
    5: 'too many open files: an error, never a version that seems not to be there',
    6: 'killed between publishing, `latest` and the event: the next run repairs',
    7: 'a lock is left behind: taken over only from a process that is proven dead',
    8: 'two runs of one version: one wins, the other says who holds it',
    9: 'two runs of different versions of one template: both succeed',
    10: 'twenty templates at once',
    11: 'versions are replaced or removed while a build reads them: the build keeps what it locked',
  },
  Network: {
    12: '429 with Retry-After in seconds and as a date',
    13: '500 twice, then 200',
    14: '500 for ever: attempts and total time are bounded',
    15: 'a connection reset in the middle: taken up by Range and ETag, or begun again',
    16: 'a body shorter than its Content-Length',
    17: 'a chunked body that is cut',
    18: 'one byte a second: the idle timeout ends it',
    19: '200 with a login page in place of the data',
    20: '200 with an error of ArcGIS',
    21: 'an empty body',
    22: 'a wrong Content-Type',
    23: 'compression that lies, and bombs of it',
    24: 'redirects: loops, to private addresses, to file:, a DNS answer that changes',
    25: 'an expired certificate',
    26: 'a declared checksum that differs',
    27: 'the source changes between two pages',
    28: 'ArcGIS: fewer features than ids, ids twice, another order, transfer limit exceeded',
    29: 'Socrata: no update time',
    30: 'S3: 404, 403, cut answers',
    31: 'proxy variables',
    32: 'no network: the message names the host',
  },
  'Archives and files': {
    33: 'a corrupt zip: checksum, directory, lengths',
    34: 'entries that lead out of the folder',
    35: 'symbolic and hard links as entries',
    36: 'bombs: ratio, size, entries, nesting, overlap, depth',
    37: 'names that differ by case',
    38: 'an encrypted zip',
    39: 'a zip with two shapefiles and no word which',
    40: 'a shapefile without one of its files, cut short, or with a wrong code page',
    41: 'a layer that the geodatabase does not have',
    42: 'workbooks: absent sheets, errors in cells, dates from 1900, XML bombs',
  },
  Data: {
    43: 'CSV as sources really give it: encodings, quotes, ragged rows, long lines, odd headers, large numbers',
    44: 'GeoJSON as sources really give it: null and mixed geometries, odd coordinates and reference systems',
    45: 'invalid polygons',
    46: 'columns added, dropped, retyped, renamed at the source',
    47: 'far fewer rows than last time',
    48: 'the same rows in another order',
    49: 'two runs give the same bytes',
    50: 'what is published is read by other programs',
  },
  Configuration: {
    51: 'invalid YAML: its place, keys twice, tabs, alias bombs, very large files, unknown tags',
    52: 'ids and versions that are no names: paths, reserved names, twins by case or Unicode, too long',
    53: 'paths and links that lead out of their directory',
    54: 'unknown steps and arguments, with a suggestion',
    55: 'circles of dependencies, with their path; long chains quickly',
    56: 'a dependency that is missing',
    57: 'two ids that would share a DAG',
    58: 'one broken template: the others load, it is visible as an error',
  },
  Builds: {
    59: 'a command fails',
    60: 'a command is ended by a signal',
    61: 'a command does not exist',
    62: 'a command hangs',
    63: 'very large output',
    64: 'control characters and binary output',
    65: 'a grandchild holds the pipe open',
    66: 'shell characters in what people type',
    67: 'secrets of the parent in the environment of commands',
    68: 'secrets in output, errors, records, URLs: masked',
    69: 'a command writes outside of its folder or into its inputs',
    70: 'a finished stage is run again',
    71: 'an input changes after it was locked',
  },
  Airflow: {
    72: 'import of all DAGs: no errors, no network, nothing written, the same each time',
    73: 'triggered with a key, without, with a bad one',
    74: 'the asset event carries key and facts',
    75: 'a paused DAG, a killed worker, a restarted scheduler: the store stays the truth',
  },
};

/** The numbers of the faults that a test's title names. */
export function faultsNamed(title) {
  return [...title.matchAll(/\bfaults? (\d+(?:(?:, | and )\d+)*)/g)].flatMap((match) =>
    match[1].split(/, | and /).map(Number),
  );
}

/**
 * The page, and the numbers of the faults that no test has made: the second part of the tests may do so more often, but
 * not alone.
 *
 * @param {{ file: string, faults: number[], outcome: 'passed' | 'failed' | 'skipped' | 'left' }[]} tests
 */
export function reliabilityPage(tests) {
  const lines = [
    '# What it survives',
    '',
    '<!-- Made by `npm test -- --reliability` from what the tests said; do not edit. -->',
    '',
  ];
  lines.push(
    'Each row is a fault that tests really make: a signal, a full disk, a server that misbehaves, a crafted file.',
  );
  const untested = [];
  for (const [group, faults] of Object.entries(FAULTS)) {
    lines.push('', `## ${group}`, '', '| | fault | tests | outcome |', '|---|---|---|---|');
    for (const [number, fault] of Object.entries(faults)) {
      const making = tests.filter((test) => test.faults.includes(Number(number)));
      if (making.every(({ outcome }) => outcome === 'left')) untested.push(Number(number));
      lines.push(`| ${number} | ${fault} | ${filesOf(making)} | ${outcomesOf(making)} |`);
    }
  }
  return { text: `${lines.join('\n')}\n`, untested };
}

function filesOf(tests) {
  const files = [...new Set(tests.map(({ file }) => file))].sort();
  return files.map((file) => `[${file}](../${file})`).join('<br>');
}

function outcomesOf(tests) {
  const count = (outcome) => tests.filter((test) => test.outcome === outcome).length;
  const counts = ['passed', 'failed', 'skipped'].map((outcome) => [count(outcome), outcome]);
  return counts.flatMap(([number, outcome]) => (number > 0 ? [`${number} ${outcome}`] : [])).join(', ') || 'no test';
}
