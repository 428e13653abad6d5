/** What a variable's text stands for, or what is wrong with it; an empty sentence leaves that to what is allowed. */
export type Reading<T> = { value: T; wrong?: undefined } | { wrong: string };

/** What the text of a variable may be. */
export interface Kind<T> {
  /** What it takes, in words that go on after "takes". */
  allowed: string;
  /** Is never asked for an empty text: such a variable is not set. */
  read(text: string): Reading<T>;
  /** All that holds with such a value, as text; the value's own text without it. */
  show?(value: T): string;
  /** Whether the text gives access to something; then it is never shown. */
  isSecret?: true;
}

const asItIs = (text: string): Reading<string> => ({ value: text });
const NOT_ALLOWED = { wrong: '' };

export const text: Kind<string> = { allowed: 'a text', read: asItIs };
export const secret: Kind<string> = { allowed: 'a secret', read: asItIs, isSecret: true };
export const path: Kind<string> = { allowed: 'a path, absolute or from the current folder', read: asItIs };
export const command: Kind<string> = { allowed: 'a command', read: asItIs };

/** Names with commas between. */
export const names: Kind<string[]> = {
  allowed: 'names with commas between',
  read: (given) => ({ value: given.split(',').flatMap((name) => name.trim() || []) }),
};

const ON = ['1', 'true', 'yes', 'on'];
const OFF = ['0', 'false', 'no', 'off'];

export const flag: Kind<boolean> = {
  allowed: '1 or 0 (also true, yes, on; false, no, off)',
  read(given) {
    const word = given.trim().toLowerCase();
    return ON.includes(word) ? { value: true } : OFF.includes(word) ? { value: false } : NOT_ALLOWED;
  },
};

/** Variables that others have defined so: whatever the text, it is on. */
export const presence: Kind<boolean> = { allowed: 'anything, which turns it on', read: () => ({ value: true }) };

export const url: Kind<string> = {
  allowed: 'an address that begins with http:// or https://',
  read(given) {
    const parsed = URL.parse(given);
    return parsed && /^https?:$/.test(parsed.protocol) ? { value: given } : NOT_ALLOWED;
  },
};

export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return {
    allowed: words.join(' or '),
    read(given) {
      const word = words.find((each) => each === given.trim());
      return word === undefined ? NOT_ALLOWED : { value: word };
    },
  };
}

/** Seconds, also parts of one: more than none, and fewer than `below`. */
export function seconds(below: number): Kind<number> {
  return {
    allowed: `seconds, more than 0 and fewer than ${below}`,
    read(given) {
      const value = Number(given);
      return value > 0 && value < below ? { value } : NOT_ALLOWED;
    },
  };
}

export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    read(given) {
      const value = Number(given);
      return Number.isInteger(value) && value >= least && value <= most ? { value } : NOT_ALLOWED;
    },
  };
}

export const port = wholeNumber(1, 65_535);
