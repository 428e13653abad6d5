import type { Command } from 'commander';
import { EXIT } from '../error-codes.ts';
import { MASK } from '../masking/names.ts';
import { type SettingNow, settingsNow, strangers } from '../settings/survey.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  program
    .command('settings')
    .description('print every environment variable that is read, with its value now and where that comes from')
    .action(run(settings));
}

/** Secrets are shown as set, and not what they are. */
async function settings(context: CommandContext): Promise<ExitCode> {
  const rows = settingsNow(context.settings).map((row) =>
    row.is_secret && row.value !== null ? { ...row, value: MASK } : row,
  );
  const unknown = strangers(context.settings.env);
  if (context.json) context.print(JSON.stringify({ settings: rows, unknown }, null, 2));
  else context.print([...linesOf(rows), ...unknownLines(unknown)].join('\n'));
  return rows.some(({ problem }) => problem !== null) ? EXIT.usage : EXIT.done;
}

function linesOf(rows: readonly SettingNow[]): string[] {
  return [...Map.groupBy(rows, ({ section }) => section)].flatMap(([section, members], index) => [
    ...(index === 0 ? [] : ['']),
    `${section}:`,
    ...members.flatMap(({ name, value, from, default: usual, meaning, problem }) => [
      value === null ? `  ${name}: not set${instead(usual)}` : `  ${name} = ${value} (${from})`,
      `    ${meaning}`,
      ...(problem === null ? [] : [`    wrong: ${problem}`]),
    ]),
  ]);
}

/** What holds without the variable, where anything does. */
const instead = (words: string | null) => (words === null ? '' : `, so ${words.replaceAll('`', '')}`);

function unknownLines(unknown: ReturnType<typeof strangers>): string[] {
  if (unknown.length === 0) return [];
  const lines = unknown.map(({ name, nearest }) => `  ${name}${nearest === null ? '' : `: did you mean ${nearest}?`}`);
  return ['', 'Not known, and without effect:', ...lines];
}
