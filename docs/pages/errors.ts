import { ERROR_CODES, EXIT } from '../../src/error-codes.ts';
import { cell, NOTE } from './page.ts';

const AREAS: Record<string, string> = {
  LIF: 'The program',
  PRJ: 'Reading a project',
  ING: 'Ingesting',
  SRC: 'Sources',
  ENG: 'The engine',
  STO: 'The store',
  BLD: 'Builds',
  AIR: 'Airflow',
};

export function errorsPage(): string {
  const lines = ['# Error codes', '', NOTE, ''];
  lines.push('Every error has a code, says what happened in one sentence, and what to do in a `hint:` line.', '');
  lines.push('| exit code | means |', '|---|---|');
  for (const [name, code] of Object.entries(EXIT)) lines.push(`| ${code} | ${name} |`);
  for (const [prefix, area] of Object.entries(AREAS)) {
    const codes = Object.entries(ERROR_CODES).filter(([code]) => code.startsWith(`${prefix}_`));
    if (codes.length === 0) continue;
    lines.push('', `## ${area}`, '', '| code | what happened | what to do | exit |', '|---|---|---|---|');
    for (const [code, { meaning, remedy, exit }] of codes) {
      lines.push(`| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} | ${exit} |`);
    }
  }
  const strays = Object.keys(ERROR_CODES).filter((code) => !((code.split('_')[0] ?? '') in AREAS));
  if (strays.length > 0) throw new Error(`no area for ${strays.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
