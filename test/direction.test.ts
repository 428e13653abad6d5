import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../src/settings/settings.ts';

/** The rooms of `src` from the ground up (docs/architecture.md): a file imports from its own room and from those before. */
const ROOMS = [
  ...['error-codes', '.', 'html', 'settings', 'engine', 'masking', 'crs', 'processes', 'project', 'store'],
  ...[
    'archive',
    'relation',
    'parquet',
    'profile',
    'query',
    'diff',
    'pandas',
    'checks',
    'addresses',
    'sources',
    'ingest',
    'builds',
    'reports',
    'catalog',
  ],
  ...['airflow', 'backfill', 'serve', 'cli'],
];
const src = path.join(INSTALLATION, 'src');
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '.');

interface Import {
  file: string;
  /** Relative to `src`, as `file`. */
  target: string;
  isType: boolean;
}

/** What the modules of `src` import of each other, by `import`, `export … from` and `import()`. */
function importsOf(files: ReadonlyMap<string, string>): Import[] {
  const statement = /^(?:import|export)\s+(type\s)?[^;'"]*?'(\.{1,2}\/[^']+)'|\bimport\('(\.{1,2}\/[^']+)'\)/gm;
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(statement)].map(([, type, named, dynamic]) => ({
      file,
      target: path.normalize(path.join(path.dirname(file), (named ?? dynamic)!)),
      isType: type !== undefined,
    })),
  );
}

function againstTheOrder(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, target }) => ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(file)))
    .map(({ file, target }) => `${file} imports ${target}`);
}

/** Files that import each other in a circle, each circle once; imports of types vanish before anything runs. */
function circles(imports: readonly Import[]): string[] {
  const edges = Map.groupBy(
    imports.filter(({ isType }) => !isType),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, way: string[]) => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const { target } of edges.get(file) ?? []) visit(target, [...way, file]);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}

const modules = new Map(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(path.join(src, file), 'utf8')]),
);

test('each room of src has its place in the order', () => {
  assert.deepEqual([...new Set([...modules.keys()].map(roomOf))].toSorted(), ROOMS.toSorted());
});

test('the page of the architecture lists the rooms in the same order', () => {
  const page = readFileSync(path.join(INSTALLATION, 'docs', 'architecture.md'), 'utf8');
  const table = page.slice(page.indexOf('## The rooms of `src`'), page.indexOf('## On disk'));
  assert.deepEqual(
    [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, room]) => room),
    ROOMS,
  );
});

test('no room imports from one above it', () => {
  assert.deepEqual(againstTheOrder(importsOf(modules)), []);
});

test('no modules import each other in a circle', () => {
  assert.deepEqual(circles(importsOf(modules)), []);
});

test('an import that is turned round is found', () => {
  const turned = new Map([
    ['store/a.ts', "import type { Plan } from '../builds/b.ts';"],
    ['builds/b.ts', "import { c } from './c.ts';"],
    ['builds/c.ts', "export { b } from './b.ts';\nexport const late = () => import('../cli/d.ts');"],
  ]);
  assert.deepEqual(againstTheOrder(importsOf(turned)), [
    'store/a.ts imports builds/b.ts',
    'builds/c.ts imports cli/d.ts',
  ]);
  assert.deepEqual(circles(importsOf(turned)), ['builds/b.ts → builds/c.ts → builds/b.ts']);
});
