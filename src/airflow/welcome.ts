import path from 'node:path';
import { INSTALLATION, projectAbove, type Settings } from '../settings/settings.ts';
import { shellWord } from '../shell-word.ts';
import type { DemoOutcome } from './demo.ts';
import type { ReadyServer } from './server.ts';

const BROKEN_SHOWN = 5;

/** How to call the program from where the person is. */
function program(settings: Settings, cwd: string): string {
  const relative = path.relative(cwd, path.join(INSTALLATION, 'bin', 'lifecycle'));
  const command = relative.startsWith('..') ? path.join(INSTALLATION, 'bin', 'lifecycle') : relative;
  const isDefault = settings.projectDir === (projectAbove(cwd) ?? path.join(INSTALLATION, 'examples', 'nyc'));
  return shellWord(command) + (isDefault ? '' : ` --project ${shellWord(settings.projectDir)}`);
}

/**
 * What a person sees once everything is up: where to look, how to log in, what was made, what to try next. Only a
 * terminal shows the password: everything else, such as a journal, keeps what it is given.
 */
export function welcome(
  settings: Settings,
  { cwd, isTerminal }: { cwd: string; isTerminal: boolean },
  server: ReadyServer,
  made: readonly DemoOutcome[],
): string {
  const command = program(settings, cwd);
  const example = server.templates.find((id) => !made.some((run) => run.id === id)) ?? 'TEMPLATE';
  const password = isTerminal ? server.password : `see ${server.passwordIn}`;
  const lines = ['', `Airflow: ${server.url}`, `login: ${server.username}, password: ${password}`];
  if (made.length > 0) {
    lines.push('', 'made through Airflow:');
    for (const { kind, id, label, state } of made) lines.push(`  ${kind} ${id} ${label}: ${state}`);
    lines.push(`  files: ${settings.storeDir}`);
  }
  if (server.broken.length > 0) {
    lines.push('', `broken: ${server.broken.length}, see \`${command} check\``);
    for (const { id, reason } of server.broken.slice(0, BROKEN_SHOWN)) {
      lines.push(`  ${id}: ${reason.replaceAll(`${settings.projectDir}${path.sep}`, '')}`);
    }
    if (server.broken.length > BROKEN_SHOWN) lines.push(`  and ${server.broken.length - BROKEN_SHOWN} more`);
  }
  lines.push(
    '',
    'try next, in another terminal:',
    `  ${command} list`,
    `  ${command} trigger ingest ${shellWord(example)} 2024a --wait`,
    `  ${command} airflow status`,
    '',
    'Ctrl-C stops everything.',
  );
  return lines.join('\n');
}
