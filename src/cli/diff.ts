import path from 'node:path';
import type { Command } from 'commander';
import { comparedData } from '../diff/compared-data.ts';
import { type Comparison, compareTables, refuseUnknownTolerances } from '../diff/diff.ts';
import { type DrawnTable, drawnTable } from '../diff/drawn.ts';
import { diffPage } from '../diff/page.ts';
import type { DiffDocument, TableDiff } from '../diff/table-diff.ts';
import { parseTolerances } from '../diff/tolerance.ts';
import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { maskOutput } from '../masking/output.ts';
import { loadProject } from '../project/load.ts';
import { writeFileDurably } from '../store/files.ts';
import { withEngine } from '../store/scratch.ts';
import type { CommandContext } from './context.ts';
import { describeDiff } from './describe-diff.ts';
import type { Run } from './program.ts';

interface Options {
  key?: string[];
  tolerance?: string[];
  trim?: boolean;
  limit: string;
  html?: string;
  exitCode?: boolean;
}

const repeated = (text: string, all: string[] = []) => [...all, text];

export function register(program: Command, run: Run): void {
  program
    .command('diff')
    .description('what changed between two versions, two builds, or two Parquet files: rows, values, shapes, columns')
    .argument(
      '<id>',
      'a template, a dataset or a product; or the name of the earlier table, as ID@VERSION or the path of a Parquet file',
    )
    .argument('[a]', 'a version or partition key (default: latest); or the later table')
    .argument('[b]', 'the version or partition key to compare with (default: the one before)')
    .option(
      '--key <columns>',
      'columns by which a row is known, as a,b (default: what the template declares, else found)',
      repeated,
    )
    .option(
      '--tolerance <amount>',
      '1e-6 for numbers with fractions; COLUMN=0.5, COLUMN=1%, COLUMN=2s for one column (repeatable)',
      repeated,
    )
    .option('--trim', 'blanks around texts do not count')
    .option('--limit <rows>', 'how many changed, added and removed rows are listed', '100')
    .option('--html <file>', 'also write a page with the changes and a map of what moved')
    .option('--exit-code', 'end with 1 where there is a difference')
    .action(
      run(async (context, id: string, a: string | undefined, b: string | undefined, options: Options) => {
        const result = await diff(context, [id, a, b], options);
        context.print(context.json ? JSON.stringify(result, null, 2) : describeDiff(result));
        return options.exitCode && !result.equal ? EXIT.failed : EXIT.done;
      }),
    );
}

async function diff(
  context: CommandContext,
  words: [string, string | undefined, string | undefined],
  options: Options,
): Promise<DiffDocument> {
  const tolerances = parseTolerances(options.tolerance ?? [], options.trim === true);
  const limit = rowsIn(options.limit);
  const { settings, signal } = context;
  const data = await comparedData(
    {
      storeDir: settings.storeDir,
      projectDir: settings.projectDir,
      cwd: context.cwd,
      loadProject: () => loadProject(settings.projectDir),
    },
    words,
  );
  const tables: TableDiff[] = [];
  const drawn: DrawnTable[] = [];
  for (const { id, before, now, templateKey } of data.tables) {
    signal.throwIfAborted();
    await withEngine(settings, signal, async (engine) => {
      const compared: Comparison = await compareTables(
        engine,
        { before, now },
        {
          id: data.tables.length > 1 && id !== null ? id : undefined,
          key: options.key,
          templateKey,
          tolerances,
          limit,
        },
      );
      tables.push(compared.diff);
      if (options.html !== undefined) drawn.push(await drawnTable(engine, compared));
    });
  }
  if (tables.length > 1) {
    const all = tables.flatMap(({ columns }) => columns);
    refuseUnknownTolerances(
      tolerances,
      all.map(({ name, name_before = name }) => ({ name, before: { name: name_before } })),
    );
  }
  const { names, only, files } = data;
  const isEqual =
    tables.every((table) => table.equal) &&
    only.before.length + only.now.length === 0 &&
    files.every(({ state }) => state === 'equal');
  const result: DiffDocument = {
    ...{ format: 1, ...names, equal: isEqual, tables },
    ...{ only_before: only.before, only_now: only.now, files },
  };
  if (options.html !== undefined) await writePage(path.resolve(context.cwd, options.html), diffPage(result, drawn));
  return result;
}

function rowsIn(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new LifecycleError('LIF_USAGE', `${JSON.stringify(text)} is no number of rows`, {
    hint: 'write --limit with a whole number, such as 20',
  });
}

async function writePage(file: string, text: string): Promise<void> {
  try {
    await writeFileDurably(file, maskOutput(text));
  } catch (cause) {
    throw new LifecycleError('LIF_USAGE', `${file} cannot be written`, {
      cause,
      hint: 'name another file with --html',
    });
  }
}
