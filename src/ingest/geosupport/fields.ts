import { LifecycleError } from '../../errors.ts';
import type { Answer } from './client.ts';

type Fields = Answer['fields'];
/** Text, or null where Geosupport says nothing. */
export type Cell = string | null;

const BBL = 'BOROUGH BLOCK LOT (BBL)';

function cell(value: unknown): Cell {
  return value === null || value === undefined ? null : String(value);
}

const field = (name: string) => (fields: Fields) => cell(fields[name]);

/** Some fields stand inside an object of the same name. */
const within = (name: string) => (fields: Fields) => {
  const group = fields[name];
  return group !== null && typeof group === 'object' ? cell((group as Fields)[name]) : null;
};

/** A field whose empty text means that there is nothing. */
const present = (name: string) => (fields: Fields) => cell(fields[name]) || null;

/** Fire companies are told by a letter and a number, as in `E219`. */
const fireCompany = (fields: Fields) =>
  `${cell(fields['Fire Company Type']) ?? ''}${cell(fields['Fire Company Number']) ?? ''}` || null;

/** What a geocoded row gets, in the order of the columns: the names of PLUTO's inputs and Geosupport's own. */
export const LOCATION_COLUMNS: readonly (readonly [string, (fields: Fields) => Cell])[] = [
  ['billingbbl', field('Condominium Billing BBL')],
  ['bbl', within(BBL)],
  ['cd', within('COMMUNITY DISTRICT')],
  ['ct2010', field('2010 Census Tract')],
  ['cb2010', field('2010 Census Block')],
  ['ct2020', field('2020 Census Tract')],
  ['cb2020', field('2020 Census Block')],
  ['schooldist', field('Community School District')],
  ['council', field('City Council District')],
  ['zipcode', field('ZIP Code')],
  ['firecomp', fireCompany],
  ['policeprct', field('Police Precinct')],
  ['healthCenterDistrict', field('Health Center District')],
  ['healthArea', field('Health Area')],
  ['sanitdistrict', field('Sanitation District')],
  ['sanitsub', field('Sanitation Collection Scheduling Section and Subsection')],
  ['boePreferredStreetName', field('BOE Preferred Street Name')],
  ['taxmap', field('Tax Map Number Section & Volume')],
  ['sanbornMapIdentifier', within('SBVP (SANBORN MAP IDENTIFIER)')],
  ['latitude', present('Latitude')],
  ['longitude', present('Longitude')],
  ['grc', field('Geosupport Return Code (GRC)')],
  ['grc2', field('Geosupport Return Code 2 (GRC 2)')],
  ['msg', field('Message')],
  ['msg2', field('Message 2')],
];

/** @throws LifecycleError ING_GEOSUPPORT for an answer that tells no BBL, not even an empty one */
export function location(fields: Fields): Cell[] {
  requireBbl(fields);
  return LOCATION_COLUMNS.map(([, read]) => read(fields));
}

/** The BBL; null where it is empty. @throws LifecycleError ING_GEOSUPPORT */
export function bblOf(fields: Fields): Cell {
  requireBbl(fields);
  return within(BBL)(fields) || null;
}

/** Every answer about a place has it, found or not: without it, something else than Geosupport is talking. */
function requireBbl(fields: Fields): void {
  const group = fields[BBL];
  if (group !== null && typeof group === 'object') return;
  throw new LifecycleError(
    'ING_GEOSUPPORT',
    `an answer of the Geosupport command has no field ${JSON.stringify(BBL)}`,
    {
      hint: 'pass on what Geosupport gives under its own names, also for a call that it rejects: docs/geosupport.md',
      details: { fields: Object.keys(fields).slice(0, 20) },
    },
  );
}
