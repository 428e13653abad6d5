/** Whole numbers of as many digits are exact as doubles, also while they are summed up. */
export const EXACT_DIGITS = 15;

/** Powers of ten that a double holds exactly: a number of few digits divided by one is rounded once, as it should be. */
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);
