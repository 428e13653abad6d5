import { Clock, Moment } from '../values.ts';

const SECONDS_A_DAY = 86_400;
const DAY_MS = SECONDS_A_DAY * 1000;
/** Day 0 by the calendar of a workbook. */
const EPOCH = { from1900: Date.UTC(1899, 11, 30), from1904: Date.UTC(1904, 0, 1) };
const EARLIEST = new Date('0001-01-01T00:00:00Z').getTime();
const LATEST = new Date('9999-12-31T23:59:59.999Z').getTime();

/** To the nearest whole number, halves to the even one, as Python rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `.5` as Python writes it: six digits, or none. */
const fraction = (milliseconds: number) => (milliseconds === 0 ? '' : `.${String(milliseconds).padStart(3, '0')}000`);

/**
 * A number of days as the moment that it stands for, to the millisecond; a part of the first day is a time of day.
 * Days 1 to 59 of the calendar from 1900 are one later, since it has a 29 February 1900. Undefined beyond the years
 * 1 to 9999.
 */
export function momentOf(serial: number, from1904: boolean): Moment | Clock | undefined {
  const day = Math.floor(serial);
  const milliseconds = roundHalfEven((serial - day) * SECONDS_A_DAY * 1000);
  if (serial >= 0 && serial < 1 && milliseconds < DAY_MS) return new Clock(clock(milliseconds));
  const shifted = !from1904 && serial > 0 && serial < 60 ? day + 1 : day;
  const time = (from1904 ? EPOCH.from1904 : EPOCH.from1900) + shifted * DAY_MS + milliseconds;
  if (!(time >= EARLIEST && time <= LATEST)) return undefined;
  const iso = new Date(time).toISOString();
  return new Moment(`${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction(Number(iso.slice(20, 23)))}`);
}

function clock(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString();
  return `${iso.slice(11, 19)}${fraction(milliseconds % 1000)}`;
}

/** A number of days as elapsed time, to the millisecond, as Python writes it: `1 day, 2:00:00`. */
export function durationText(days: number): string {
  const total = roundHalfEven(days * DAY_MS);
  const whole = Math.floor(total / DAY_MS);
  const rest = total - whole * DAY_MS;
  const [hours, minutes, seconds] = [
    Math.floor(rest / 3_600_000),
    Math.floor(rest / 60_000) % 60,
    Math.floor(rest / 1000) % 60,
  ];
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${hours}:${two(minutes)}:${two(seconds)}${fraction(rest % 1000)}`;
  return whole === 0 ? time : `${whole} day${Math.abs(whole) === 1 ? '' : 's'}, ${time}`;
}
