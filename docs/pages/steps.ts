import {
  DATAFRAME_METHODS,
  GEOSERIES_METHODS,
  type Method,
  SERIES_METHODS,
} from '../../src/project/vocabulary/methods.ts';
import type { Report, StepDeclaration } from '../../src/project/vocabulary/step.ts';
import { STEPS } from '../../src/project/vocabulary/steps.ts';
import { argumentTable, NOTE, yaml } from './page.ts';

const ROWS: Readonly<Record<StepDeclaration['rows'], string>> = {
  kept: 'All rows stay.',
  filtered: 'Rows are left out.',
  fewer: 'Rows are left out.',
  more: 'Rows are added.',
  others: 'The rows are other ones.',
  'as its method': 'What becomes of the rows is up to the method.',
};

function told({ data, columns, custom }: Report): string {
  const names = [data, columns, custom].flatMap((part) => Object.keys(part ?? {}));
  return names.length === 0 ? '' : ` \`config.json\` tells ${names.map((name) => `\`${name}\``).join(', ')}.`;
}

function methodList(methods: Readonly<Record<string, Method>>): string[] {
  return Object.entries(methods).map(([name, method]) => {
    const given = Object.entries(method.arguments).map(([each, { required }]) => (required ? `**${each}**` : each));
    return `- \`${name}\`${given.length > 0 ? `: ${given.join(', ')}` : ''}`;
  });
}

export function stepsPage(): string {
  const lines = ['# Processing steps', '', NOTE, ''];
  lines.push('The steps of `processing_steps`, each with its arguments and an example.');
  for (const [name, declared] of Object.entries<StepDeclaration>(STEPS)) {
    const report = typeof declared.reports === 'function' ? '' : told(declared.reports);
    lines.push('', `## \`${name}\``, '', `${declared.says}. ${ROWS[declared.rows]}${report}`);
    lines.push(...argumentTable(declared.arguments), ...yaml(declared.example));
  }
  lines.push(
    '',
    '## Methods of `pd_df_func`',
    '',
    'Arguments in bold are needed.',
    '',
    ...methodList(DATAFRAME_METHODS),
  );
  lines.push('', '## Methods of `pd_series_func`', '', ...methodList(SERIES_METHODS));
  const geometry = Object.entries(GEOSERIES_METHODS).filter(([name]) => !Object.hasOwn(SERIES_METHODS, name));
  lines.push('', 'With `geo: true`, on a column of geometries, also:', '', ...methodList(Object.fromEntries(geometry)));
  return `${lines.join('\n')}\n`;
}
