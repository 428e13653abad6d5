import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../src/settings/settings.ts';

/** Above this a file holds more than one idea. */
const MOST_LINES = 350;
const ROOMS = ['airflow', 'bench', 'bin', 'docs', 'examples', 'src', 'test'];

test('no file of code is longer than a reader keeps in mind', () => {
  const files = ROOMS.flatMap((room) =>
    readdirSync(path.join(INSTALLATION, room), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(room, name),
    ),
  ).filter((name) => /\.(?:ts|tsx|mjs|py)$/.test(name));
  assert.ok(files.length > 500);
  const long = files
    .map((name) => ({ name, lines: readFileSync(path.join(INSTALLATION, name), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});
