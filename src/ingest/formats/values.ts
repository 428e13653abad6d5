/** A number written with a fraction or exponent: Python's float, even where it is whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A moment without a zone, in ISO form with a blank in the middle. */
export class Moment {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** A day without a time, in ISO form. */
export class Day {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** A time of day, in ISO form. */
export class Clock {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** One cell; `number` and `bigint` are whole numbers. */
export type Value = null | boolean | number | bigint | string | Float | Moment | Day | Clock;
