import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The records of the store, each by the interface that its reader gives back. */
const RECORDS: readonly { title: string; file: string; interfaces: readonly string[]; intro: string }[] = [
  {
    title: 'A version: `ingest/TEMPLATE/VERSION/record.json`',
    file: 'ingest-record.ts',
    interfaces: ['IngestRecord', 'DatasetRecord', 'DatasetWarning'],
    intro: 'Written last. A directory without a valid one does not exist for readers.',
  },
  {
    title: 'What changed since the version before',
    file: 'changes.ts',
    interfaces: ['DatasetChanges', 'Change'],
    intro: 'The `changes` of a dataset.',
  },
  { title: 'A file', file: 'files.ts', interfaces: ['FileFact'], intro: 'Wherever a record names a file.' },
  {
    title: 'The pointer set by hand: `ingest/TEMPLATE/.latest.json`',
    file: 'latest.ts',
    interfaces: ['SetByHand'],
    intro:
      '`ingest/TEMPLATE/latest` itself is one line: the version, then a line feed. This file stands beside it once somebody has moved it.',
  },
  {
    title: 'The stages of a build: `builds/PRODUCT/KEY/stages.json`',
    file: 'builds/partition.ts',
    interfaces: ['State', 'StageRecord'],
    intro: 'Which stages are done, and what each left.',
  },
  {
    title: 'The inputs of a build: `builds/PRODUCT/KEY/inputs.lock.json`',
    file: 'builds/inputs-lock.ts',
    interfaces: ['InputsLock', 'LockedInput'],
    intro:
      'Written by the plan: which bytes, and why these. It holds no times, so that planning the same twice gives the same bytes.',
  },
  {
    title: 'A build: `builds/PRODUCT/KEY/record.json`',
    file: 'builds/record.ts',
    interfaces: ['BuildRecord'],
    intro: 'There once all stages are done.',
  },
  {
    title: 'Fetched files: `fetched/SOURCE/ID/VERSION/record.json`',
    file: 'fetched.ts',
    interfaces: ['FetchedRecord', 'FetchedFile'],
    intro: 'Written after the files that it names.',
  },
  {
    title: 'A claim: `.locks/HASH.json`',
    file: 'holder.ts',
    interfaces: ['Holder'],
    intro: 'The name is made from the subject. Its time of change is the last sign of life of its holder.',
  },
];

/** One member of an interface as it stands in the source. */
interface Member {
  name: string;
  type: string;
  comment: string;
}

/** The page of what the records of the store hold, taken from the types in `src/store`. */
export function recordsPage(note: string, store: string): string {
  const lines = ['# Records of the store', '', note, ''];
  lines.push(
    'Every record is a JSON file of UTF-8. `format` is 1; a program refuses a greater one. A reader passes over fields that it',
    'does not know, so a later program of the same format may add some. [store.md](store.md) says where they lie and when they',
    'are written. Types are those of TypeScript: `?` is a field that may be absent, `| null` one that may say nothing, `[]` a list.',
  );
  for (const { title, file, interfaces, intro } of RECORDS) {
    const source = readFileSync(path.join(store, file), 'utf8');
    lines.push('', `## ${title}`, '', `${intro} Declared in \`src/store/${file}\`.`);
    for (const name of interfaces) {
      const members = membersOf(source, name);
      lines.push('', `### ${name}`, '', '| field | type | |', '|---|---|---|');
      for (const each of members) lines.push(`| \`${each.name}\` | \`${each.type}\` | ${each.comment} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function membersOf(source: string, name: string): Member[] {
  const body = new RegExp(`^(?:export )?interface ${name}(?:<\\w+>)?(?: extends (\\w+))? \\{\n(.*?)^\\}`, 'ms').exec(
    source,
  );
  if (!body) throw new Error(`there is no interface ${name}`);
  const [, base, text] = body;
  const own = [...text!.matchAll(/(?:^ {2}\/\*\*(.*?)\*\/\n)?^ {2}(\w+\??): (.*?);$(?=\n(?: {2}\S|$)|\n?$)/gms)].map(
    ([, comment = '', field, type]) => ({
      name: field!,
      type: type!.replace(/\s+/g, ' ').replaceAll('|', '\\|'),
      comment: comment
        .replace(/\s*\n\s*\*\s*/g, ' ')
        .replaceAll('|', '\\|')
        .replaceAll('<', '&lt;')
        .trim(),
    }),
  );
  const declared = [...text!.matchAll(/^ {2}\w+\??:/gm)].length;
  if (own.length !== declared) throw new Error(`${name}: ${declared} members, ${own.length} of them understood`);
  return base ? [{ name: `… all of ${base}`, type: base, comment: '' }, ...own] : own;
}
