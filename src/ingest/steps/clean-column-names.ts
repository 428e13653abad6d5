import { pythonStrip } from '../../pandas/python-text.ts';
import { renamed } from '../../relation/relation.ts';
import type { ApplyStep } from './step.ts';

/** As Python's str.replace: nothing is found before, between and after all characters. */
function replaceIn(text: string, from: string, to: string): string {
  return from === '' ? ['', ...text, ''].join(to) : text.split(from).join(to);
}

/** Always in this order: strip, the replacements one after another, lower case. The geometry is renamed like the rest. */
export const apply: ApplyStep<'clean_column_names'> = async (relation, args) => {
  const replacements = Object.entries(args.replace ?? {});
  return renamed(relation, (name) => {
    let clean = args.strip ? pythonStrip(name) : name;
    for (const [from, to] of replacements) clean = replaceIn(clean, from, to);
    return args.lower ? clean.toLowerCase() : clean;
  });
};
