/**
 * Scalars of YAML 1.1 as PyYAML's safe loader reads them. Integers are bigints and decimals are numbers, so that `2`
 * and `2.0` stay apart.
 */
export type YamlScalar = null | boolean | bigint | number | string | YamlDate | YamlTimestamp | Uint8Array;

interface YamlDate {
  type: 'date';
  /** `yyyy-mm-dd` */
  iso: string;
}

interface YamlTimestamp {
  type: 'timestamp';
  /** `yyyy-mm-ddThh:mm:ss[.ffffff][Z|±hh:mm]` */
  iso: string;
}

/** A scalar that the safe loader would refuse; the message is for people. */
export class ScalarProblem extends Error {}

type Resolved = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'value' | 'merge' | 'str';

const PATTERNS: readonly (readonly [Resolved, RegExp])[] = [
  ['null', /^(?:~|null|Null|NULL|)$/],
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  [
    'int',
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  ],
  [
    'float',
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  [
    'timestamp',
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
  ['merge', /^<<$/],
  ['value', /^=$/],
];

/** What a plain scalar is by its looks (PyYAML's implicit resolver; YAML 1.1, https://yaml.org/type/). */
export function resolvePlain(text: string): Resolved {
  return PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'str';
}

const TAG_PREFIX = 'tag:yaml.org,2002:';

/**
 * A scalar's value by its explicit tag, or by its looks when it is plain and has none.
 *
 * @throws ScalarProblem
 */
export function constructScalar(text: string, plain: boolean, tag: string | undefined): YamlScalar {
  const wanted =
    tag === undefined || tag === '!'
      ? plain || tag === '!'
        ? resolvePlain(text)
        : 'str'
      : tag.startsWith(TAG_PREFIX)
        ? tag.slice(TAG_PREFIX.length)
        : tag;
  switch (wanted) {
    case 'str':
      return text;
    case 'null':
      return null;
    case 'bool':
      return toBoolean(text);
    case 'int':
      return toInteger(text);
    case 'float':
      return toDecimal(text);
    case 'timestamp':
      return toTimestamp(text);
    case 'binary':
      return toBytes(text);
    default:
      throw new ScalarProblem(
        wanted === 'value' || wanted === 'merge'
          ? `a plain ${text} has a meaning of its own in YAML 1.1; quote it`
          : `the tag ${tag} is not known here`,
      );
  }
}

function toBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (['yes', 'true', 'on'].includes(word)) return true;
  if (['no', 'false', 'off'].includes(word)) return false;
  throw new ScalarProblem(`${JSON.stringify(text)} is no boolean`);
}

const SEXAGESIMAL_BASE = 60;

function toInteger(text: string): bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const sign = text.startsWith('-') ? -1n : 1n;
  const refuse = () => new ScalarProblem(`${JSON.stringify(text)} is no integer`);
  if (digits.includes(':')) {
    const parts = digits.split(':');
    if (!parts.every((part) => /^\d+$/.test(part))) throw refuse();
    return sign * parts.reduce((sum, part) => sum * BigInt(SEXAGESIMAL_BASE) + BigInt(part), 0n);
  }
  const [pattern, literal] = digits.startsWith('0b')
    ? [/^0b[01]+$/, digits]
    : digits.startsWith('0x')
      ? [/^0x[0-9a-f]+$/i, digits]
      : /^0./.test(digits)
        ? [/^0[0-7]+$/, `0o${digits}`]
        : [/^\d+$/, digits];
  if (!pattern.test(digits)) throw refuse();
  return sign * BigInt(literal);
}

function toDecimal(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase().replace(/^[-+]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  if (digits.includes(':')) {
    return sign * digits.split(':').reduce((sum, part) => sum * SEXAGESIMAL_BASE + Number(part), 0);
  }
  if (!/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(digits)) {
    throw new ScalarProblem(`${JSON.stringify(text)} is no number`);
  }
  return sign * Number(digits);
}

const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/;

function toTimestamp(text: string): YamlDate | YamlTimestamp {
  const match = TIMESTAMP.exec(text);
  if (!match) throw new ScalarProblem(`${JSON.stringify(text)} is no date or time`);
  const [, year, month, day, hour, minute, second, fraction, zone, sign, zoneHours, zoneMinutes] = match;
  const two = (digits: string | undefined) => (digits ?? '0').padStart(2, '0');
  const date = `${year}-${two(month)}-${two(day)}`;
  if (!isRealDate(Number(year), Number(month), Number(day))) {
    throw new ScalarProblem(`${text} is a date that does not exist; quote it if it is meant as text`);
  }
  if (hour === undefined) return { type: 'date', iso: date };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new ScalarProblem(`${text} is a time that does not exist; quote it if it is meant as text`);
  }
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0');
  const offset =
    zone === undefined
      ? ''
      : zone === 'Z' || (Number(zoneHours) === 0 && Number(zoneMinutes ?? 0) === 0)
        ? 'Z'
        : `${sign}${two(zoneHours)}:${two(zoneMinutes)}`;
  return {
    type: 'timestamp',
    iso: `${date}T${two(hour)}:${minute}:${second}${micros === '000000' ? '' : `.${micros}`}${offset}`,
  };
}

export function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const lengths = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28];
  return day <= (lengths[month - 1] ?? ([4, 6, 9, 11].includes(month) ? 30 : 31));
}

function toBytes(text: string): Uint8Array {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) {
    throw new ScalarProblem('the value tagged !!binary is no base64');
  }
  return Buffer.from(compact, 'base64');
}

/** A decimal as Python prints it: `2.0`, `1e+22`, `1e-05`, `inf`. */
export function pythonDecimal(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
