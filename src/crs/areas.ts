import { readFileSync } from 'node:fs';

/** West, south, east, north in degrees. West is the larger of the two where an area crosses the antimeridian. */
export type Area = readonly [number, number, number, number];
/** xmin, ymin, xmax, ymax. */
export type Box = readonly [number, number, number, number];

/** Degrees that data may reach beyond an area, which is given in hundredths and often ends at a coast. */
export const MARGIN = 0.1;

let read: string | undefined;

/** The list that generate.py makes. It is searched as text: a run asks for one or two systems of ten thousand. */
function list(): string {
  read ??= readFileSync(new URL('areas.txt', import.meta.url), 'utf8');
  return read;
}

/** The area of a system, null where it exists and nobody says what for, undefined where it does not exist. */
function find(authority: string, code: string): Area | null | undefined {
  const text = list();
  for (let at = text.indexOf(` ${code}`); at >= 0; at = text.indexOf(` ${code}`, at + 1)) {
    const start = text.lastIndexOf('\n', at) + 1;
    const after = text.charCodeAt(at + 1 + code.length);
    if ((after !== 32 && after !== 10) || text[start] === '#' || text[start] === '=') continue;
    const line = text.slice(start, text.indexOf('\n', at));
    if (codesIn(line).includes(`${authority}:${code}`)) return areaIn(line);
  }
  return undefined;
}

function areaIn(line: string): Area | null {
  return line.startsWith('- ') ? null : (line.split(' ', 4).map(Number) as unknown as Area);
}

function codesIn(line: string): string[] {
  let authority = '';
  const codes: string[] = [];
  for (const word of line.split(' ').slice(line.startsWith('- ') ? 1 : 4)) {
    if (/^[A-Z]+$/.test(word)) authority = word;
    else codes.push(`${authority}:${word}`);
  }
  return codes;
}

/** Of those that nearly every dataset is in: the area with its margin, in the system's own units. */
function usual(): Map<string, Box> {
  const lines = list().matchAll(/^= (\S+) (.*)$/gm);
  return new Map([...lines].map(([, code, box]) => [code!, box!.split(' ').map(Number) as unknown as Box]));
}

/** The area that a system is made for; undefined where it is not known. */
export function areaOf(code: string): Area | undefined {
  const [authority, number] = code.split(':');
  return find(authority!, number ?? '') ?? undefined;
}

export function areaInOwnUnits(code: string): Box | undefined {
  return usual().get(code);
}

/** Authorities whose systems are all in the list. */
const LISTED = new Set(['EPSG', 'ESRI', 'OGC']);

/** Whether a system exists; undefined where its authority is one that the list does not hold. */
export function exists(authority: string, code: string): boolean | undefined {
  if (!LISTED.has(authority)) return undefined;
  return find(authority, code) !== undefined;
}

/** How many to name to somebody who mistyped a code. */
const NAMED = 3;

/** The codes nearest to one that does not exist: by digits that differ, then by number. */
export function nearestCodes(authority: string, code: string, distance: (a: string, b: string) => number): string[] {
  const prefix = `${authority}:`;
  const known = usual();
  return list()
    .split('\n')
    .filter((line) => /^[-\d]/.test(line))
    .flatMap(codesIn)
    .filter((each) => each.startsWith(prefix))
    .map((each) => {
      const other = each.slice(prefix.length);
      return { each, typed: distance(code, other), apart: Math.abs(Number(code) - Number(other)) || 0 };
    })
    .sort((a, b) => a.typed - b.typed || Number(known.has(b.each)) - Number(known.has(a.each)) || a.apart - b.apart)
    .slice(0, NAMED)
    .map(({ each }) => each);
}
