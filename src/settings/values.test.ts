import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { LifecycleError } from '../errors.ts';
import { INSTALLATION } from './settings.ts';
import { checkOwn, endpointIn, valueIn } from './values.ts';
import { declarationOf, patternOf, SECTIONS, VARIABLES, type VariableName } from './variables.ts';

function refused(name: VariableName, text: string): LifecycleError {
  try {
    valueIn({ [name]: text }, name);
  } catch (error) {
    return error as LifecycleError;
  }
  return assert.fail(`${name}=${text} is taken`);
}

test('a value is what its text stands for, else the default; an empty text is none', () => {
  assert.equal(valueIn({ LIFECYCLE_STOP_WITHIN: '2.5' }, 'LIFECYCLE_STOP_WITHIN'), 2.5);
  assert.equal(valueIn({ LIFECYCLE_STOP_WITHIN: '' }, 'LIFECYCLE_STOP_WITHIN'), 10);
  assert.equal(valueIn({}, 'RECIPES_BUCKET'), 'edm-recipes');
  assert.equal(valueIn({ SFTP_PORT: '2222' }, 'SFTP_PORT'), 2222);
  assert.equal(valueIn({}, 'SFTP_PORT'), undefined);
  assert.deepEqual(valueIn({ LIFECYCLE_BUILD_ENV: ' A, B ,,' }, 'LIFECYCLE_BUILD_ENV'), ['A', 'B']);
  assert.deepEqual(
    ['1', 'on', 'TRUE', '0', 'no'].map((text) => valueIn({ LIFECYCLE_DEBUG: text }, 'LIFECYCLE_DEBUG')),
    [true, true, true, false, false],
  );
  assert.deepEqual(valueIn({ LIFECYCLE_TRANSFER: ' attempts=9 , idleMs=5,' }, 'LIFECYCLE_TRANSFER'), {
    attempts: 9,
    idleMs: 5,
  });
});

test('a value that cannot be is refused with its variable, the value, and what may stand there', () => {
  for (const [name, text] of [
    ['LIFECYCLE_STOP_WITHIN', 'soon'],
    ['LIFECYCLE_STOP_WITHIN', '0'],
    ['LIFECYCLE_STOP_WITHIN', '-1'],
    ['LIFECYCLE_STOP_WITHIN', '1e9'],
    ['LIFECYCLE_LOG', 'jsn'],
    ['LIFECYCLE_DEBUG', 'maybe'],
    ['LIFECYCLE_PARENT', 'me'],
    ['LIFECYCLE_AIRFLOW_URL', 'localhost:8080'],
    ['AWS_S3_ENDPOINT', 'nyc3.digitaloceanspaces.com'],
    ['SFTP_PORT', '70000'],
    ['AXWAY_SFTP_PORT', '22a'],
  ] as const) {
    const { code, message, details } = refused(name, text);
    assert.equal(code, 'LIF_BAD_SETTING');
    assert.ok(message.startsWith(`${name} is ${JSON.stringify(text)}, and takes `), message);
    assert.deepEqual(details, { variable: name, value: text });
  }
});

test('a number of a list is refused by its name', () => {
  for (const [name, text, message] of [
    ['LIFECYCLE_TRANSFER', 'attempts=0', 'attempts must be a whole number from 1 to 9007199254740991, not 0'],
    ['LIFECYCLE_TRANSFER', 'attempts=1.5', 'attempts must be a whole number from 1 to 9007199254740991, not 1.5'],
    ['LIFECYCLE_TRANSFER', 'idleMs=x', 'idleMs must be a number, not "x"'],
    ['LIFECYCLE_TRANSFER', 'totalMs=', 'totalMs must be a number, not ""'],
    ['LIFECYCLE_TRANSFER', 'jitter=2', 'jitter must be a number from 0 to 1, not 2'],
    ['LIFECYCLE_TRANSFER', 'wait=1', 'there is no "wait"'],
    ['LIFECYCLE_ARCHIVE_LIMITS', 'entry=5', 'there is no "entry"'],
    ['LIFECYCLE_ARCHIVE_LIMITS', 'ratio=-1', 'ratio must be a number from 0 to 9007199254740991, not -1'],
    ['LIFECYCLE_READ_LIMITS', 'toString=1', 'there is no "toString"'],
  ] as const) {
    const error = refused(name, text);
    assert.deepEqual([error.code, error.message], ['LIF_BAD_SETTING', `${name}: ${message}`]);
    assert.match(error.hint ?? '', /NAME=NUMBER with commas between; the names are \w+/);
  }
});

test('what is ours is checked before any work; what is of others when it is used', () => {
  assert.throws(() => checkOwn({ LIFECYCLE_READ_LIMITS: 'colums=5' }), { code: 'LIF_BAD_SETTING' });
  assert.throws(() => checkOwn({ LIFECYCLE_ENDPOINT_QPL: 'mirror' }), { code: 'LIF_BAD_SETTING' });
  checkOwn({ SFTP_PORT: 'none', LIFECYCLE_UNHEARD_OF: 'x', LIFECYCLE_LOG: '' });
});

test('a mirror is an address', () => {
  assert.equal(endpointIn({ LIFECYCLE_ENDPOINT_QPL: 'http://127.0.0.1:1/x' }, 'QPL'), 'http://127.0.0.1:1/x');
  assert.equal(endpointIn({ LIFECYCLE_ENDPOINT_QPL: '' }, 'QPL'), undefined);
  assert.throws(() => endpointIn({ LIFECYCLE_ENDPOINT_QPL: 'ftp://x' }, 'QPL'), { code: 'LIF_BAD_SETTING' });
});

test('defaults are values that their variables take, and no variable stands in two sections', () => {
  const all = Object.values(SECTIONS).flatMap((section) => Object.keys(section));
  assert.deepEqual(all.toSorted(), Object.keys(VARIABLES).toSorted());
  for (const name of all) {
    const { default: usual, kind } = declarationOf(name)!;
    if (typeof usual === 'string' || typeof usual === 'number')
      assert.deepEqual(kind.read(String(usual)), { value: usual });
  }
});

/** Sources of the program by their paths, without the declarations and without tests. */
const sources = new Map(
  ['src', 'bin', 'airflow'].flatMap((folder) =>
    readdirSync(path.join(INSTALLATION, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => path.join(folder, file))
      .filter((file) => /(?:(?<!\.test)\.(?:ts|mjs|py)|bin\/lifecycle)$/.test(file))
      .filter((file) => !/src\/settings\/(?:variables|values)/.test(file))
      .map((file) => [file, readFileSync(path.join(INSTALLATION, file), 'utf8')] as const),
  ),
);

test('what the program reads is declared', () => {
  const reads = /\b(?:env|environ)(?:\.|\[["'])([A-Z][A-Z0-9_]+)|\bvalue(?:In)?\((?:\w+, )?'([A-Z]\w+)'\)/g;
  const read = [...sources].flatMap(([file, text]) =>
    [...text.matchAll(reads)].map(([, plain, typed]) => ({ file, name: (plain ?? typed)! })),
  );
  assert.ok(read.length > 50, `${read.length}`);
  assert.deepEqual(
    // Set by a build for its commands.
    read.filter(({ name }) => !declarationOf(name) && !patternOf(name) && !/^(?:TMPDIR|VERSION)$/.test(name)),
    [],
  );
});

test('what is declared is read', () => {
  const all = [...sources.values()].join('\n');
  const names = Object.keys(VARIABLES).filter((name) => !/^(?:AXWAY_)?SFTP_/.test(name));
  assert.deepEqual(
    names.filter((name) => !all.includes(name)),
    [],
  );
});
