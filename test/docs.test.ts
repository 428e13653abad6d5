import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../src/settings/settings.ts';

const docs = path.join(INSTALLATION, 'docs');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'].map((name) => path.join(INSTALLATION, name)),
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(docs, name)),
];

test('every link between pages leads to a file', () => {
  for (const page of pages) {
    const prose = readFileSync(page, 'utf8').replace(/```.*?```|`[^`\n]*`/gs, '');
    for (const [, target] of prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      assert.ok(existsSync(path.resolve(path.dirname(page), target!)), `${page}: ${target}`);
    }
  }
});

test('a file of the project that a page names is there', () => {
  const stray: string[] = [];
  for (const page of pages.filter((name) => !name.endsWith('CHANGELOG.md'))) {
    const named = readFileSync(page, 'utf8').matchAll(/`((?:src|test|bin|docs|airflow|bench|examples)\/[\w./-]+)`/g);
    for (const [, name] of named)
      if (!existsSync(path.join(INSTALLATION, name!))) stray.push(`${path.relative(INSTALLATION, page)}: ${name}`);
  }
  assert.deepEqual(stray, []);
});

test('each decision has a number and a title of its own, the number also in its first line', () => {
  const names = readdirSync(path.join(docs, 'adr'));
  const numbers = names.map((name) => Number(name.slice(0, 4)));
  assert.deepEqual(
    numbers,
    names.map((_, i) => i + 1),
  );
  for (const name of names) {
    const [first] = readFileSync(path.join(docs, 'adr', name), 'utf8').split('\n');
    assert.ok(first!.startsWith(`# ${Number(name.slice(0, 4))}. `), `${name}: ${first}`);
  }
});

/** Every file of the project that is read by people who change it. */
const sources = ['airflow', 'bench', 'bin', 'docs', 'src', 'test'].flatMap((room) =>
  readdirSync(path.join(INSTALLATION, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs|py)$/.test(name) && !name.includes('golden'))
    .map((name) => path.join(INSTALLATION, room, name)),
);

test('an ADR that code or a page names is there', () => {
  const { length } = readdirSync(path.join(docs, 'adr'));
  for (const file of [...sources, ...pages]) {
    for (const [, number] of readFileSync(file, 'utf8').matchAll(/\bADR (\d+)/g))
      assert.ok(Number(number) >= 1 && Number(number) <= length, `${file}: ADR ${number}`);
  }
});

test('a page that code names is there, with its heading, and a specification is named as a page', () => {
  for (const file of sources) {
    const text = readFileSync(file, 'utf8');
    for (const [, page, anchor] of text.matchAll(/\bdocs\/([\w/-]+\.md)(?:#([\w-]+))?/g)) {
      assert.ok(existsSync(path.join(docs, page!)), `${file}: docs/${page}`);
      if (anchor) assert.ok(anchorsOf(path.join(docs, page!)).includes(anchor), `${file}: docs/${page}#${anchor}`);
    }
    const nameless = text.split('\n').filter((line) => /\bthe specification\b|-spec\b.*\bsection\b/i.test(line));
    if (file !== import.meta.filename) assert.deepEqual(nameless, [], file);
  }
});

test('every page and every decision has its line in the index, a decision under its own title', () => {
  const index = readFileSync(path.join(docs, 'README.md'), 'utf8');
  for (const page of readdirSync(docs, { recursive: true, encoding: 'utf8' })) {
    if (!page.endsWith('.md') || page === 'README.md') continue;
    const [, line] = new RegExp(`^.*\\]\\(${page.replaceAll('.', '\\.')}\\).*\\| (.+) \\|$`, 'm').exec(index) ?? [];
    assert.ok(line, `docs/README.md: no line for ${page}`);
    if (!page.startsWith('adr')) continue;
    const [title] = readFileSync(path.join(docs, page), 'utf8').split('\n');
    assert.equal(title!.replace(/^# \d+\. /, ''), line, page);
  }
});

/** As GitHub names them: letters, digits, blanks as hyphens. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, 'utf8')
    .replace(/```.*?```/gs, '')
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link to a heading of a page leads to one', () => {
  for (const page of pages) {
    const prose = readFileSync(page, 'utf8').replace(/```.*?```|`[^`\n]*`/gs, '');
    for (const [, target, anchor] of prose.matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)) {
      const file = target === '' ? page : path.resolve(path.dirname(page), target!);
      assert.ok(anchorsOf(file).includes(anchor!), `${page}: ${target}#${anchor}`);
    }
  }
});
