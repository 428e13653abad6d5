import { amount, fields, list, orNull, text } from './record-shape.ts';

/** What came of one check of a dataset. */
export interface CheckResult {
  /** The name that a template's `checks` has for it. */
  check: string;
  /** What it is about; null for the dataset as a whole. Several columns of a key stand with commas. */
  column: string | null;
  /** What the template calls it (`name` or `title`); absent where it does not. */
  title?: string;
  /** `warned` is one that fails and only warns. */
  status: 'passed' | 'warned' | 'failed';
  /** What holds where it passes; what does not hold otherwise. */
  message: string;
  /** Rows of the dataset. */
  rows: number;
  /** Rows that fail; null where they cannot be counted. */
  rows_failing: number | null;
  /** The first rows that fail, counted from 1, with what they have there. */
  samples: { row: number; value: string | null }[];
  /** Where the template asks for it: `FILE:LINE:COLUMN`, relative to the project; null where it cannot be said. */
  place: string | null;
  /** It fails, and somebody published the version all the same. */
  accepted?: true;
}

export const CHECK_RESULT = fields({
  check: text,
  column: orNull(text),
  status: text,
  message: text,
  rows: amount,
  rows_failing: orNull(amount),
  samples: list(fields({ row: amount, value: orNull(text) })),
  place: orNull(text),
});
