import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RUN_STATES } from '../../src/backfill/batch-record.ts';
import { DESTINATIONS } from '../../src/project/recipe-model.ts';
import { RUNNERS } from '../../src/project/runner.ts';
import { FILE_TYPE_NAMES } from '../../src/project/vocabulary/file-types.ts';
import { STAGES } from '../../src/store/builds/partition.ts';
import { cell, NOTE } from './page.ts';

/** The records of the store, each by the interfaces that its reader gives back: `FILE#NAME`, the file below `src`. */
const RECORDS: readonly { title: string; types: readonly string[]; intro: string }[] = [
  {
    title: 'A version: `ingest/TEMPLATE/VERSION/record.json`',
    types: [
      'store/ingest-record.ts#IngestRecord',
      'store/ingest-record.ts#DatasetRecord',
      'store/ingest-record.ts#DatasetWarning',
      'store/check-result.ts#CheckResult',
      'store/quarantine.ts#Quarantine',
      'store/quarantine.ts#QuarantineReason',
      'store/quarantine.ts#Release',
    ],
    intro: 'Written last. A directory without a valid one does not exist for readers.',
  },
  {
    title: 'What changed since the version before',
    types: ['store/changes.ts#DatasetChanges', 'store/changes.ts#Change'],
    intro: 'The `changes` of a dataset.',
  },
  { title: 'A file', types: ['store/files.ts#FileFact'], intro: 'Wherever a record names a file.' },
  {
    title: 'The pointer set by hand: `ingest/TEMPLATE/.latest.json`',
    types: ['store/latest.ts#SetByHand'],
    intro:
      '`ingest/TEMPLATE/latest` itself is one line: the version, then a line feed. This file stands beside it once somebody has moved it.',
  },
  {
    title: 'The stages of a build: `builds/PRODUCT/KEY/stages.json`',
    types: ['store/builds/partition.ts#State', 'store/builds/partition.ts#StageRecord'],
    intro: 'Which stages are done, and what each left.',
  },
  {
    title: 'The inputs of a build: `builds/PRODUCT/KEY/inputs.lock.json`',
    types: ['store/builds/inputs-lock.ts#InputsLock', 'store/builds/inputs-lock.ts#LockedInput'],
    intro:
      'Written by the plan: which bytes, and why these. It holds no times, so that planning the same twice gives the same bytes.',
  },
  {
    title: 'What was loaded: `builds/PRODUCT/KEY/load.json`',
    types: ['builds/load/stage.ts#LoadFacts', 'builds/load/duckdb.ts#LoadedTable'],
    intro: 'Written by the load: where the inputs are now.',
  },
  {
    title: 'The code of a build: `builds/PRODUCT/KEY/code.lock.json`',
    types: ['builds/code/identity.ts#CodeIdentity', 'builds/code/identity.ts#CodeLock'],
    intro: 'Written by the build: what it is known by ([ADR 25](adr/0025-a-build-is-known-by-its-code.md)).',
  },
  {
    title: 'A build: `builds/PRODUCT/KEY/record.json`',
    types: ['store/builds/record.ts#BuildRecord'],
    intro: 'There once all stages are done.',
  },
  {
    title: 'Fetched files: `fetched/SOURCE/ID/VERSION/record.json`',
    types: ['store/fetched.ts#FetchedRecord', 'store/fetched.ts#FetchedFile'],
    intro: 'Written after the files that it names.',
  },
  {
    title: 'A batch: `batches/ID/batch.json`',
    types: [
      'backfill/batch-record.ts#BatchRecord',
      'backfill/batch-record.ts#BatchRun',
      'backfill/batch-record.ts#RunParameters',
    ],
    intro: 'Written once, before the first run begins ([backfill.md](backfill.md)).',
  },
  {
    title: 'A run of a batch: `batches/ID/runs/NUMBER.json`',
    types: ['backfill/batch-record.ts#RunRecord', 'backfill/batch-record.ts#Attempt'],
    intro:
      'Replaced as a whole before each attempt begins and when it has ended. Where there is none, no attempt has begun.',
  },
  {
    title: 'A claim: `.locks/HASH.json`',
    types: ['store/holder.ts#Holder'],
    intro: 'The name is made from the subject. Its time of change is the last sign of life of its holder.',
  },
];

/** One member of an interface as it stands in the source. */
interface Member {
  name: string;
  type: string;
  comment: string;
}

/** The page of what the records of the store hold, taken from their types. `src` is where these lie. */
export function recordsPage(src: string): string {
  const lines = ['# Records of the store', '', NOTE, ''];
  const words = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(', ');
  lines.push(
    'Every record is a JSON file of UTF-8. Where it has a `format`, that is 1, and a program refuses a greater one. A reader passes over fields that it does not know, so a later program of the same format may add some. [store.md](store.md) says where they lie and when they are written.',
    '',
    'Types are those of TypeScript: `?` is a field that may be absent, `| null` one that may say nothing, `[]` a list. Words:',
    '',
    `- \`StageName\`: ${words(STAGES)}`,
    `- \`Runner\`: ${words(RUNNERS)}`,
    `- \`FileType\`: ${words(FILE_TYPE_NAMES)}`,
    `- \`Destination\`: ${words(DESTINATIONS)}`,
    `- \`RunState\`: ${words(RUN_STATES)}`,
    '- `Preprocessor`: `{ module: string; function: string }`',
  );
  for (const { title, types, intro } of RECORDS) {
    lines.push('', `## ${title}`, '', intro);
    for (const type of types) {
      const [file, name] = type.split('#') as [string, string];
      const members = membersOf(readFileSync(path.join(src, file), 'utf8'), name);
      lines.push('', `### ${name}`, '', `In \`src/${file}\`.`, '', '| field | type | |', '|---|---|---|');
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
      comment: cell(comment.replace(/\s*\n\s*\*\s*/g, ' ').trim()),
    }),
  );
  const declared = [...text!.matchAll(/^ {2}\w+\??:/gm)].length;
  if (own.length !== declared) throw new Error(`${name}: ${declared} members, ${own.length} of them understood`);
  return base ? [{ name: `… all of ${base}`, type: base, comment: '' }, ...own] : own;
}
