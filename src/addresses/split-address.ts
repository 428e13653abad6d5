import type { AddressParts } from './tagger.ts';

/** An address line as Geosupport wants it: two fields. */
interface SplitAddress {
  houseNumber: string;
  street: string;
}

/** usaddress's names of what makes a street, in the order in which the department puts them together. */
export const STREET_PARTS: readonly string[] = [
  'StreetNamePreDirectional',
  'StreetNamePreModifier',
  'StreetNamePreType',
  'StreetName',
  'StreetNamePostType',
  'StreetNamePostDirectional',
];

/** House number and street of an address that usaddress has taken apart, as the department takes them from it. */
export function splitParts(parts: AddressParts): SplitAddress {
  const street = STREET_PARTS.flatMap((name) => parts[name] ?? []);
  return { houseNumber: parts.AddressNumber ?? '', street: street.join(' ') };
}

/** Words that begin what comes behind the street: a part of the building. */
const UNIT =
  /^(?:#.*|APT|APARTMENT|BLDG|BUILDING|BSMT|BASEMENT|DEPT|FL|FLR|FLOOR|FRNT|LBBY|LOBBY|LOWR|LVL|LEVEL|OFC|OFFICE|PH|REAR|RM|ROOM|SPC|STE|SUITE|TRLR|UNIT|UPPR)$/iu;
/** `2ND FL`, `GROUND FLOOR`: which one stands before the word. */
const FLOOR = /^(?:FL|FLR|FLOOR)$/iu;
const STOREY = /^(?:\d+(?:ST|ND|RD|TH)|GROUND)$/iu;
const HOUSE_NUMBER = /^\d+[A-Za-z]?(?:-\d+[A-Za-z]?)?$/u;
const FRACTION = /^\d\/\d$/u;
const TOKEN = /\(*[^\s,;#&()]+[.,;)]*|[#&]/gu;
const TRAILING = /[ ,;]+$/u;

/**
 * Splits `124 GREENE ST FL 2` into house number and street; what names a part of the building, and what stands behind a
 * comma, is left out. An address without a number in front has an empty house number.
 *
 * For where there is no usaddress, and for what it cannot say: these rules agree with it on the usual forms of addresses
 * in New York and are predictable on the others.
 */
export function splitAddress(address: string): SplitAddress {
  const tokens = address.replace(/&#38;|&amp;/gu, '&').match(TOKEN) ?? [];
  let from = 0;
  let houseNumber = '';
  if (tokens.length > 0 && HOUSE_NUMBER.test(plain(tokens[0]!)) && tokens.length > 1) {
    houseNumber = plain(tokens[0]!);
    from = FRACTION.test(tokens[1]!) ? 2 : 1;
  }
  return { houseNumber, street: streetOf(tokens.slice(from)) };
}

const plain = (token: string) => token.replace(TRAILING, '');

function streetOf(tokens: readonly string[]): string {
  let end = tokens.findIndex((token, i) => i > 0 && UNIT.test(plain(token).replace(/\.$/u, '')));
  if (end === -1) end = tokens.length;
  else if (end > 1 && FLOOR.test(plain(tokens[end]!)) && STOREY.test(plain(tokens[end - 1]!))) end--;
  const comma = tokens.findIndex((token, i) => i < end && /[,;]$/u.test(token));
  return tokens
    .slice(0, comma === -1 ? end : comma + 1)
    .join(' ')
    .replace(TRAILING, '');
}
