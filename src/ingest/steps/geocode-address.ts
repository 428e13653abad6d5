import { splitAddress, splitParts } from '../../addresses/split-address.ts';
import { withAddressTagger } from '../../addresses/tagger.ts';
import { LifecycleError } from '../../errors.ts';
import { type Cell, LOCATION_COLUMNS, location } from '../geosupport/fields.ts';
import { geocodeRows } from '../geosupport/geocode-rows.ts';
import { pythonText } from '../geosupport/python-value.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** Adds what Geosupport's functions 1A and 1E know of an address and a ZIP code, under prefixed names. */
export const apply: ApplyStep<'geocode_address'> = (relation, args, context) => {
  const names = [args.address_column, args.zip_column];
  const prefix = args.output_prefix;
  requireColumns(relation, names);
  return withAddressTagger(context, ({ parser, tag }) => {
    context.note?.({ address_parser: parser });
    return geocodeRows(
      relation,
      (base) => {
        const inputs = requireColumns(base, names);
        return {
          inputs,
          outputs: LOCATION_COLUMNS.map(([name]) => prefix + name),
          async geocode([address, zip], row, ask): Promise<Cell[]> {
            if (typeof address !== 'string') throw noAddress(names[0]!, row);
            const parts = await tag(address);
            const { houseNumber, street } = parts ? splitParts(parts) : splitAddress(address);
            const place = {
              house_number: houseNumber,
              street_name: street,
              zip_code: pythonText(zip, inputs[1]!.type),
            };
            const [regular, extended] = [
              await ask('1A', { ...place, mode: 'regular' }),
              await ask('1E', { ...place, mode: 'extended' }),
            ];
            return location({ ...extended.fields, ...regular.fields });
          },
        };
      },
      context,
    );
  });
};

function noAddress(name: string, row: number): LifecycleError {
  return new LifecycleError('ING_BAD_VALUE', `column ${JSON.stringify(name)}, row ${row}: there is no address`, {
    hint: `take such rows out in an earlier step: pd_df_func with function_name: dropna and subset: [${name}]`,
    details: { column: name, row },
  });
}
