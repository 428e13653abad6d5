import { STREET_PARTS } from '../../addresses/split-address.ts';
import type { AddressTagger } from '../../addresses/tagger.ts';

/** A postal address of the United States, taken apart. */
export interface Address {
  /** What stands before the house number: a building or an institution. */
  placeName: string | undefined;
  /** House number and street. */
  street: string | undefined;
  city: string | undefined;
  state: string | undefined;
  zip: string | undefined;
}

/** usaddress's names of what the department takes for the line with house number and street, in its order. */
const LINE_PARTS = [
  'AddressNumber',
  'AddressNumberPrefix',
  'AddressNumberSuffix',
  ...STREET_PARTS,
  'StreetNamePostModifier',
];

/** Takes an address apart: by usaddress where it is there and can tell, else by the rules below. */
export async function takeApart(text: string, { tag }: Pick<AddressTagger, 'tag'>): Promise<Address> {
  const parts = await tag(text);
  if (parts === undefined) return parseAddress(text);
  const line = LINE_PARTS.flatMap((name) => parts[name] || []).join(' ');
  return {
    placeName: parts.Recipient,
    street: line || parts.BuildingName,
    city: parts.PlaceName,
    state: parts.StateName,
    zip: parts.ZipCode,
  };
}

const TAIL = /[\s,]+([A-Z]{2})\.?(?:[\s,]+(\d{5}(?:-\d{4})?))?[\s,]*$/;
/** House numbers of Queens have a dash, some have a letter. */
const NUMBER = /(?:^|\s)(\d+(?:-[0-9A-Za-z]+)?[A-Za-z]?|One|Two|Three)(?=\s+\p{L}|\s+\d+\w*\s+\p{L})/gu;
const SUFFIX =
  /\b(?:street|st|avenue|ave|boulevard|blvd|road|rd|drive|dr|place|pl|plaza|parkway|pkwy|turnpike|tpke|lane|ln|court|ct|way|square|sq|terrace|ter|highway|hwy|expressway|expwy|broadway|concourse|circle|loop|walk|row|slip|green|bowery|oval|path)\b\.?/giu;
const DIRECTION = /^\s*(?:north|south|east|west|[nsew])\b\.?/i;
/** Cities before which a direction belongs to the street; before others it may be part of the name (East Elmhurst). */
const CITY_WITHOUT_DIRECTION = /^[\s,]*(?:brooklyn|new york|bronx|manhattan|staten island|queens)\b/i;
/** A part of a building, with what names it: `Suite 1595`, `14th Floor`. */
const OCCUPANCY =
  /(?:\b(?:suite|ste|room|rm|floor|fl|unit|apt)\b\.?\s*#?[\w-]+|\b\d+(?:st|nd|rd|th)\s+floor\b|#\s*[\w-]+)/giu;

/**
 * Takes an address apart by its marks: state and ZIP code at the end, a house number, the last word of a street. It
 * needs no commas, since pages often have none. What cannot be found is undefined.
 */
export function parseAddress(text: string): Address {
  const whole = text.replace(/\s+/g, ' ').trim();
  const tail = TAIL.exec(whole);
  const head = tail ? whole.slice(0, tail.index) : whole;
  const found: Address = {
    placeName: undefined,
    street: undefined,
    city: undefined,
    state: tail?.[1],
    zip: tail?.[2],
  };
  const number = lastNumberBeforeSuffix(head);
  if (number === undefined) return tail ? { ...found, ...withoutNumber(head) } : { ...found, placeName: clean(head) };
  const { street, rest } = splitStreet(head.slice(number));
  return {
    ...found,
    placeName: clean(head.slice(0, number)),
    street: clean(street),
    city: clean(rest.replace(OCCUPANCY, ' ')),
  };
}

/** Where the house number begins: a number after which the word of a street comes before any comma. */
function lastNumberBeforeSuffix(head: string): number | undefined {
  for (const match of head.matchAll(NUMBER)) {
    const start = match.index + match[0].length - (match[1]?.length ?? 0);
    const after = head.slice(start + (match[1]?.length ?? 0));
    if ((after.split(',')[0] ?? '').search(SUFFIX) >= 0 || after.includes(',')) return start;
  }
  return undefined;
}

function splitStreet(text: string): { street: string; rest: string } {
  const comma = text.indexOf(',');
  const line = comma < 0 ? text : text.slice(0, comma);
  const end = endOfStreet(line);
  // With a comma right after it, whatever follows the street's last word belongs to it or to the building.
  if (end === undefined) return { street: line.replace(OCCUPANCY, ' '), rest: comma < 0 ? '' : text.slice(comma) };
  const direction = DIRECTION.exec(text.slice(end))?.[0] ?? '';
  const after = text.slice(end + direction.length);
  const belongs = direction !== '' && (/^\s*(?:,|$)/.test(after) || CITY_WITHOUT_DIRECTION.test(after));
  const split = end + (belongs ? direction.length : 0);
  return { street: text.slice(0, split), rest: text.slice(split) };
}

/**
 * The end of the first word of a street that has something before it (`40 Broadway`, `55 Court Street`), but of the
 * last in a row of them.
 */
function endOfStreet(line: string): number | undefined {
  let end: number | undefined;
  for (const match of line.matchAll(SUFFIX)) {
    if (end !== undefined && line.slice(end, match.index).trim() !== '') break;
    // `St. Albans Avenue`: a saint, not a street.
    if (
      /^st\.?$/i.test(match[0]) &&
      /^\s+\p{Lu}/u.test(line.slice(match.index + match[0].length)) &&
      /^\S+\s*$/.test(line.slice(0, match.index))
    )
      continue;
    end = match.index + match[0].length;
  }
  return end;
}

function withoutNumber(head: string): Pick<Address, 'placeName' | 'city'> {
  const comma = head.lastIndexOf(',');
  return comma < 0
    ? { placeName: undefined, city: clean(head) }
    : { placeName: clean(head.slice(0, comma)), city: clean(head.slice(comma + 1)) };
}

function clean(text: string): string | undefined {
  const trimmed = text.replace(/\s+/g, ' ').replace(/^[\s,;]+|[\s,;]+$/g, '');
  return trimmed === '' ? undefined : trimmed;
}
