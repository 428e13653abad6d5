import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../src/settings/settings.ts';
import { copySampleProject } from './sample-project.ts';
import { leavesOut } from './second-part.ts';
import { matches, normalised, rewrite, runShown, type Shown, transcriptsOf, wordsOf } from './transcripts.ts';

/** With LIFECYCLE_WRITE_TRANSCRIPTS the pages get what the commands print now; read the diff before it is kept. */
const WRITE = Boolean(process.env.LIFECYCLE_WRITE_TRANSCRIPTS);

const docs = path.join(INSTALLATION, 'docs');
const pages = [
  path.join(INSTALLATION, 'README.md'),
  ...readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(docs, name)),
];

for (const page of pages) {
  const transcripts = transcriptsOf(readFileSync(page, 'utf8'));
  if (transcripts.length === 0) continue;
  test(`${path.relative(INSTALLATION, page)} shows what its commands print on the sample project`, async (t) => {
    const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'lifecycle-transcripts-')));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const project = path.join(dir, 'nyc');
    await copySampleProject(project);
    const printed = new Map<Shown, string>();
    for (const shown of transcripts) {
      const { stdout, stderr, code } = await runShown(shown.command, project);
      printed.set(shown, normalised(code === 0 ? stdout : stdout + stderr, project));
    }
    if (WRITE) return rewrite(page, printed);
    for (const [{ command, output, from }, now] of printed) {
      const said = normalised(output, project);
      if (!matches(said, now)) assert.equal(now, said, `${page}:${from}: ${command}`);
    }
  });
}

test('a command line is read as a shell reads it, or left to one', (t) => {
  leavesOut(t, 'the commands of the pages by the binary, in a shell');
  assert.deepEqual(wordsOf(`lifecycle sql 'SELECT "a b"' --csv "x y" a@1 ''`), [
    'sql',
    'SELECT "a b"',
    '--csv',
    'x y',
    'a@1',
    '',
  ]);
  for (const command of [
    'ls a',
    'lifecycle a > b',
    'lifecycle a | b',
    'lifecycle "$A"',
    "lifecycle a'b'",
    'lifecycle a*',
    'lifecycle "a',
  ])
    assert.equal(wordsOf(command), undefined, command);
});

test('a transcript that is not what a command prints is found, and one with elisions holds', () => {
  const page = ['```console', '$ echo a', 'a', '$ seq 5', '1', '…', '5', '```', 'prose', '```sh', '$ none', '```'];
  const [echo, seq, ...others] = transcriptsOf(page.join('\n'));
  assert.deepEqual([echo?.command, echo?.output, seq?.command, others.length], ['echo a', 'a', 'seq 5', 0]);
  assert.ok(matches(echo!.output, 'a'));
  assert.ok(!matches(echo!.output, 'b') && !matches(echo!.output, 'a\nb'));
  assert.ok(matches(seq!.output, '1\n2\n3\n4\n5'));
  assert.ok(!matches(seq!.output, '1\n2\n3\n4'));
  assert.equal(
    normalised('done in 12.5 s at 2025-02-03T04:05:06.789Z in /p  \n\n', '/p'),
    'done in 0.5 s at 2026-01-31 12:00 in /home/me/nyc',
  );
});
