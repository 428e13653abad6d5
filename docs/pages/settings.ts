import { ARCHIVE_LIMITS } from '../../src/settings/archive-limits.ts';
import type { Declaration, Pattern } from '../../src/settings/declaration.ts';
import type { Limit } from '../../src/settings/limits.ts';
import { READ_LIMITS } from '../../src/settings/read-limits.ts';
import { defaultText } from '../../src/settings/survey.ts';
import { TRANSFER_LIMITS } from '../../src/settings/transfer-limits.ts';
import { PATTERNS, SECTIONS } from '../../src/settings/variables.ts';
import { cell, NOTE } from './page.ts';

const INTRODUCTION = `The program is set by environment variables. \`lifecycle settings\` prints all of them, with the value
that each has now and where that comes from (\`--json\` for programs); secrets are masked.

An empty variable counts as not set. A value that cannot be is refused with \`LIF_BAD_SETTING\`, naming variable, value and
what is allowed: for names that begin with \`LIFECYCLE_\` before a command does anything, for others when they are used.
A misspelt name that begins with \`LIFECYCLE_\` is warned of.`;

const LIMITS: Readonly<Record<string, Readonly<Record<string, Limit>>>> = {
  LIFECYCLE_TRANSFER: TRANSFER_LIMITS,
  LIFECYCLE_ARCHIVE_LIMITS: ARCHIVE_LIMITS,
  LIFECYCLE_READ_LIMITS: READ_LIMITS,
};

/** docs/settings.md: every environment variable. */
export function settingsPage(): string {
  const lines = ['# Settings', '', NOTE, '', INTRODUCTION];
  for (const [section, variables] of Object.entries(SECTIONS)) {
    lines.push(
      '',
      `## ${section}`,
      '',
      '| variable | takes | without it | what it does | read by |',
      '|---|---|---|---|---|',
    );
    for (const [name, declaration] of Object.entries<Declaration>(variables)) {
      const { kind, meaning, usedBy, setBy, otherwise } = declaration;
      const usual = otherwise ?? (defaultText(declaration) === undefined ? '' : `\`${defaultText(declaration)}\``);
      const takes = name in LIMITS ? 'NAME=NUMBER with commas between' : kind.allowed;
      const sets = setBy === undefined ? '' : `; set by ${setBy}`;
      lines.push(`| \`${name}\` | ${[takes, usual, meaning, usedBy + sets].map(cell).join(' | ')} |`);
    }
    if (section === 'Limits') lines.push(...limitTables());
  }
  lines.push(
    '',
    '## Names that others choose',
    '',
    '| variable | takes | what it does | read by |',
    '|---|---|---|---|',
  );
  for (const { name, kind, meaning, usedBy } of Object.values<Pattern>(PATTERNS)) {
    const shown = name.split(', ').map((each) => `\`${each}\``);
    lines.push(`| ${shown.join(', ')} | ${[kind.allowed, meaning, usedBy].map(cell).join(' | ')} |`);
  }
  lines.push(
    '',
    'Build commands get what [builds.md](builds.md#the-environment-of-commands) lists, recipes may name variables of their own.',
  );
  return `${lines.join('\n')}\n`;
}

function limitTables(): string[] {
  return Object.entries(LIMITS).flatMap(([variable, limits]) => [
    '',
    `### ${variable}`,
    '',
    `As in \`${variable}=${Object.entries(limits)
      .slice(0, 2)
      .map(([name, limit]) => `${name}=${limit.default * 2}`)
      .join()}\`.`,
    '',
    '| name | default | least | most | what it bounds |',
    '|---|---|---|---|---|',
    ...Object.entries(limits).map(
      ([name, limit]) =>
        `| \`${name}\` | ${limit.default} | ${limit.minimum ?? 0} | ${limit.maximum ?? ''} | ${cell(limit.meaning)} |`,
    ),
  ]);
}
