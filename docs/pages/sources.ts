import { readFileSync } from 'node:fs';
import type { SourceDeclaration } from '../../src/project/vocabulary/source.ts';
import { SOURCES } from '../../src/project/vocabulary/sources.ts';
import { argumentTable, between, cell, NOTE, yaml } from './page.ts';

/** The page as it is, with the part that is made from the declarations made anew. */
export function sourcesPage(file: string): string {
  const declared = Object.entries<SourceDeclaration>(SOURCES);
  const lines = [NOTE, '', '| type | key | raw file | version without one given |', '|---|---|---|---|'];
  for (const [type, { key, rawFile, version }] of declared)
    lines.push(
      `| [\`${type}\`](#${anchor(type)}) | ${cell(key)} | ${cell(rawFile)} | ${cell(version ?? 'the day of the run')} |`,
    );
  for (const [type, source] of declared) {
    lines.push('', `### \`${type}\``, '', `${source.says}. The key is ${source.key}.`);
    lines.push(...argumentTable(source.arguments), ...yaml(`source:\n${source.example.replaceAll(/^/gm, '  ')}`));
  }
  return between(readFileSync(file, 'utf8'), 'types', lines);
}

/** As pages make one of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '');
}
