import type { Column } from '../project/project.ts';
import type { ColumnFacts } from './statistics.ts';
import type { Suggestion } from './suggest.ts';
import { flow } from './yaml-text.ts';

/** A dataset, and what is suggested for it. */
export interface SuggestedDataset {
  id: string;
  /** The versions that were looked at, the newest first. */
  versions: readonly string[];
  declared: readonly Column[];
  columns: readonly ColumnFacts[];
  suggestions: readonly Suggestion[];
}

/** Suggestions as a template has them, with the evidence of each behind it. */
export function suggestionsYaml(datasets: readonly SuggestedDataset[], shape: 'one_to_one' | 'one_to_many'): string {
  if (shape === 'one_to_one') return datasets.map((each) => lines(each).join('\n')).join('\n');
  const items = datasets.map((each) => {
    const [first, ...rest] = lines(each);
    return [first, `- id: ${flow(each.id)}`, ...rest.map((line) => `  ${line}`)].join('\n');
  });
  return ['datasets:', ...items].join('\n');
}

function lines({ id, versions, declared, columns, suggestions }: SuggestedDataset): string[] {
  const span =
    versions.length === 1
      ? `the version ${versions[0]}`
      : `all ${versions.length} versions from ${versions.at(-1)} to ${versions[0]}`;
  const made = [
    `# What ${span} of ${id} ${versions.length === 1 ? 'passes' : 'pass'}. Look at each before you ask for it.`,
  ];
  const named = [...new Set(suggestions.flatMap(({ column }) => (column === null ? [] : [column])))];
  if (named.length > 0) made.push('columns:');
  for (const name of named) {
    const type =
      declared.find((each) => each.id === name)?.data_type ?? dataType(columns.find((each) => each.name === name)!);
    made.push(`- id: ${flow(name)}`, `  data_type: ${type}`, '  checks:');
    made.push(...suggestions.filter(({ column }) => column === name).map((each) => `  ${item(each)}`));
  }
  const general = suggestions.filter(({ column }) => column === null);
  if (general.length > 0) made.push('checks:', ...general.map(item));
  return made;
}

function item({ check, evidence }: Suggestion): string {
  const [[name, settings]] =
    typeof check === 'string' ? [[check, undefined] as const] : (Object.entries(check) as [[string, unknown]]);
  return `- ${name}${settings === undefined ? '' : `: ${flow(settings)}`} # ${evidence.replaceAll(/\s+/g, ' ')}`;
}

/** The department's word for a type of DuckDB. */
function dataType({ kind, type }: ColumnFacts): string {
  if (kind === 'geometry') return 'geometry';
  if (kind === 'boolean') return 'bool';
  if (kind === 'moment') return type === 'DATE' ? 'date' : 'datetime';
  if (kind !== 'number') return 'text';
  return /INT/.test(type) ? 'integer' : 'decimal';
}
