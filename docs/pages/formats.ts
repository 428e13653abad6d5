import { CSV_OPTIONS, type CsvOption, WITHOUT_EFFECT } from '../../src/project/vocabulary/csv-options.ts';
import type { FormatDeclaration } from '../../src/project/vocabulary/format.ts';
import { FORMATS } from '../../src/project/vocabulary/formats.ts';
import { keyTable, type Meanings } from './fields.ts';
import { cell, NOTE, yaml } from './page.ts';

const POINTS: Meanings = {
  'geometry.crs': { text: 'the CRS that the coordinates are in' },
  'geometry.format': { text: 'how they are written; WKT unless given' },
  'geometry.geom_column': { text: 'the column, or the two of x and y' },
};

function optionTable({ options }: FormatDeclaration): string[] {
  const names = Object.keys(options).filter((name) => name !== 'type');
  const fields = Object.fromEntries(names.map((name) => [name, options[name]!]));
  const meanings = names.map((name) => [name, { text: options[name]!.says }] as const);
  return keyTable(
    { words: 'a map', fields },
    { ...Object.fromEntries(meanings), ...('geometry' in fields ? POINTS : {}) },
  );
}

function csvOptions(): string[] {
  const further = Object.entries<CsvOption>(CSV_OPTIONS).filter(([name]) => !(name in FORMATS.csv.options));
  const rows = further.map(([name, { takes, otherwise, says }]) => {
    const standard = otherwise === undefined ? '' : `\`${JSON.stringify(otherwise)}\``;
    return `| \`${name}\` | ${cell(takes)} | ${cell(standard)} | ${cell(says)} |`;
  });
  const idle = Object.keys(WITHOUT_EFFECT).map((name) => `\`${name}\``);
  return [
    '',
    "Options of pandas' reader may stand beside them:",
    '',
    '| option | type | default | |',
    '|---|---|---|---|',
    ...rows,
    '',
    `${idle.join(', ')} are taken and do nothing.`,
  ];
}

export function formatsPage(): string {
  const lines = ['# Formats', '', NOTE, ''];
  lines.push('What `file_format` may say of a raw file. A zip that holds one file is read as that file.');
  for (const [name, format] of Object.entries<FormatDeclaration>(FORMATS)) {
    const also = format.alsoCalled.map((other) => ` Also called \`${other}\`.`).join('');
    lines.push('', `## \`${name}\``, '', `${format.says}.${also}`, '', ...optionTable(format));
    if (name === 'csv') lines.push(...csvOptions());
    lines.push(...yaml(`file_format:\n${format.example.replaceAll(/^/gm, '  ')}`));
  }
  return `${lines.join('\n')}\n`;
}
