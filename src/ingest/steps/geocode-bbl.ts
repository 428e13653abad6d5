import { LifecycleError } from '../../errors.ts';
import { isText, withColumns } from '../../relation/relation.ts';
import type { Ask } from '../geosupport/client.ts';
import { type Cell, LOCATION_COLUMNS, location } from '../geosupport/fields.ts';
import { geocodeRows } from '../geosupport/geocode-rows.ts';
import { type ApplyStep, requireColumns } from './step.ts';

const INPUTS = ['boro', 'block', 'lot'];
const OUTPUTS = [
  ...LOCATION_COLUMNS.map(([name]) => name),
  'borough',
  'block',
  'lot',
  'easement',
  'input_hnum',
  'input_sname',
  'numberOfExistingStructures',
];

/**
 * A tax lot's place by the columns `boro`, `block` and `lot`: its first address (functions BL and D) is geocoded (1A and
 * 1E), or the lot itself where that fails. The table becomes what Geosupport knows.
 */
export const apply: ApplyStep<'geocode_bbl'> = async (relation, _args, context) => {
  for (const { name, type } of requireColumns(relation, INPUTS)) {
    if (!isText({ name, type, expression: '' })) throw notText(name, type);
  }
  const geocoded = await geocodeRows(
    withColumns(relation, requireColumns(relation, INPUTS)),
    ({ columns }) => ({
      inputs: columns,
      outputs: OUTPUTS,
      geocode(values, row, ask) {
        const missing = INPUTS.find((_, i) => values[i] === null);
        if (missing !== undefined) throw noValue(missing, row);
        return geocodeLot(values as [string, string, string], ask);
      },
    }),
    context,
  );
  return withColumns(geocoded, geocoded.columns.slice(INPUTS.length));
};

async function geocodeLot([borough, block, lot]: readonly [string, string, string], ask: Ask): Promise<Cell[]> {
  const onLot = await ask('BL', { bbl: borough + block + lot });
  const { houseNumber, street, structures } = onLot.rejected ? NO_ADDRESS : await firstAddress(onLot.fields, ask);
  const args = { street_name: street ?? '', house_number: houseNumber, borough };
  const regular = await ask('1A', { ...args, mode: 'regular' });
  const extended = regular.rejected ? regular : await ask('1E', { ...args, mode: 'extended' });
  const fields = !extended.rejected
    ? { ...extended.fields, ...regular.fields }
    : onLot.rejected
      ? extended.fields
      : onLot.fields;
  return [...location(fields), borough, block, lot, '', houseNumber, street, structures];
}

const NO_ADDRESS: { houseNumber: string; street: Cell; structures: Cell } = {
  houseNumber: '',
  street: '',
  structures: '',
};

/** The first of a lot's addresses that has a house number and a street; a list that is not as expected has none. */
async function firstAddress(fields: Readonly<Record<string, unknown>>, ask: Ask): Promise<typeof NO_ADDRESS> {
  const list = fields['LIST OF GEOGRAPHIC IDENTIFIERS'] ?? [];
  if (!Array.isArray(list)) return NO_ADDRESS;
  const addresses = list as Readonly<Record<string, unknown>>[];
  const told = (entry: (typeof addresses)[number]) => [entry['Low House Number'], entry['5-Digit Street Code']];
  if (addresses.some((entry) => told(entry).some((value) => typeof value !== 'string'))) return NO_ADDRESS;
  const address = addresses.find((entry) => told(entry).every((value) => value !== ''));
  if (!address) return NO_ADDRESS;
  const [houseNumber, streetCode] = told(address) as [string, string];
  const street = await ask('D', { B5SC: `${address['Borough Code'] ?? '0'}${streetCode}` });
  const name = street.rejected ? '' : (street.fields['First Street Name Normalized'] ?? '');
  return {
    houseNumber,
    street: String(name),
    structures: String(fields['Number of Existing Structures on Lot'] ?? ''),
  };
}

function notText(name: string, type: string): LifecycleError {
  return new LifecycleError('ING_BAD_VALUE', `column ${JSON.stringify(name)} is ${type}, not text`, {
    hint: 'leading zeros are part of a BBL: read boro, block and lot with `dtype: str` in file_format',
  });
}

function noValue(name: string, row: number): LifecycleError {
  return new LifecycleError('ING_BAD_VALUE', `column ${JSON.stringify(name)}, row ${row}: there is no value`, {
    hint: 'take such rows out in an earlier step: pd_df_func with function_name: dropna and subset: [boro, block, lot]',
    details: { column: name, row },
  });
}
