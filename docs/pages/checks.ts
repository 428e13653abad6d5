import { readFileSync } from 'node:fs';
import type { CheckDeclaration } from '../../src/project/vocabulary/check.ts';
import { CHECKS } from '../../src/project/vocabulary/checks.ts';
import { between, cell, NOTE } from './page.ts';

const PLACES: Readonly<Record<CheckDeclaration['on'], string>> = {
  column: 'column',
  dataset: 'dataset',
  geometry: 'either',
};

/** The page as it is, with the table that is made from the declarations made anew. */
export function checksPage(file: string): string {
  const lines = [NOTE, '', '| check | of | what holds | arguments | |', '|---|---|---|---|---|'];
  for (const [name, declared] of Object.entries<CheckDeclaration>(CHECKS)) {
    const args = Object.entries(declared.arguments).map(([each, { type, required, otherwise, says }]) => {
      const standard = required || otherwise === undefined ? '' : `, ${JSON.stringify(otherwise)} unless given`;
      return `${required ? `**${each}**` : each}: ${type.name}${says && `, ${says}`}${standard}`;
    });
    const place = PLACES[declared.on];
    lines.push(
      `| \`${name}\` | ${place} | ${cell(declared.says)} | ${cell(args.join('; '))} | \`${declared.example}\` |`,
    );
  }
  return between(readFileSync(file, 'utf8'), 'checks', lines);
}
