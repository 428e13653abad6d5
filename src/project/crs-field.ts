import { exists, nearestCodes } from '../crs/areas.ts';
import { editDistance } from '../suggest.ts';
import { type Field, INVALID, refuse, taking, text } from './fields.ts';
import { type ArgumentType, anything, text as argumentText } from './vocabulary/argument-types.ts';
import type { YamlNode } from './yaml.ts';

/** `EPSG:2263`, `epsg:2263`, `2263` and `urn:ogc:def:crs:EPSG::2263`. */
const CODE = /^(?:urn:ogc:def:crs:)?(?:([A-Za-z]+):(?:[^:]*:)?)?([A-Za-z0-9]+)$/;

/**
 * A coordinate reference system as a template names it. Of authorities whose systems are all known the code must exist;
 * whatever else PROJ might make of a text is left to the run.
 */
export const crs: Field<string> = taking({ words: 'a CRS' }, (node, at, reading) => {
  const value = text(node, at, reading);
  if (value === INVALID) return INVALID;
  const problem = crsProblem(value);
  return problem ? refuse(reading, at, node, 'unknown_crs', problem.message, problem.suggestion) : value;
});

/** What is wrong with the name of a coordinate reference system, if that can be told. */
export function crsProblem(name: string): { message: string; suggestion: string } | undefined {
  const match = CODE.exec(name.trim());
  // A word, such as `WGS84` or what stands for a version that is not known yet, is no code.
  if (!match || !(match[1] === undefined ? /^\d+$/ : /\d/).test(match[2]!)) return undefined;
  const [authority, code] = [(match[1] ?? 'EPSG').toUpperCase(), match[2]!.toUpperCase()];
  if (exists(authority, code) !== false || exists(authority, match[2]!)) return undefined;
  return {
    message: `there is no coordinate reference system ${authority}:${code}`,
    suggestion: nearestCodes(authority, code, editDistance).join(' or '),
  };
}

/** An argument that names a coordinate reference system. */
export const crsArgument: ArgumentType<string> = { ...argumentText, problem: problemOf };

/** The same where a number is taken too, and whatever else pandas takes. */
export const anyCrsArgument: ArgumentType = { ...anything, problem: problemOf };

function problemOf(node: YamlNode): ReturnType<typeof crsProblem> {
  const value = node.kind === 'scalar' ? node.value : undefined;
  return typeof value === 'string' || typeof value === 'bigint' ? crsProblem(String(value)) : undefined;
}
