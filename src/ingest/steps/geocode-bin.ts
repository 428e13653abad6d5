import { withColumns } from '../../relation/relation.ts';
import { bblOf } from '../geosupport/fields.ts';
import { geocodeRows } from '../geosupport/geocode-rows.ts';
import { pythonText } from '../geosupport/python-value.ts';
import { type ApplyStep, requireColumn } from './step.ts';

/** A building's BBL by its number, with Geosupport's function BN. The table becomes just `bbl` and `bin`. */
export const apply: ApplyStep<'geocode_bin'> = async (relation, _args, context) => {
  const geocoded = await geocodeRows(
    withColumns(relation, [requireColumn(relation, 'bin')]),
    ({ columns: [bin] }) => ({
      inputs: [bin!],
      outputs: ['bbl'],
      async geocode([value], _row, ask) {
        if (value === null) return [null];
        const args = { bin: pythonText(value, bin!.type) };
        const answer = await ask('BN', args);
        // The second file knows buildings that are planned or under way.
        const { fields } = answer.rejected ? await ask('BN', { ...args, mode: 'tpad' }) : answer;
        return [bblOf(fields)];
      },
    }),
    context,
  );
  return withColumns(geocoded, geocoded.columns.toReversed());
};
