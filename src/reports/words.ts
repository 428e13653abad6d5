import { counted } from '../counts.ts';

/** Figures and texts as the pages of this room write them. */

/** `12 (3 %)` */
export function share(n: number, of: number): string {
  if (n === 0 || of === 0) return '0';
  const percent = (100 * n) / of;
  const shown = percent < 0.1 ? '<0.1' : percent > 99 && percent < 100 ? '>99' : String(Number(percent.toPrecision(2)));
  return `${counted(n)} (${shown} %)`;
}

/** A figure with as many digits as anybody reads; whole numbers as they are, for they may be codes. */
export function short(value: number | string): string {
  const text = String(value);
  if (!/^-?\d+\.\d+$/.test(text) || text.length <= 10) return cut(text, 40);
  const n = Number(text);
  return Math.abs(n) >= 1e15 ? text : String(Number(n.toPrecision(7)));
}

export function cut(text: string, most: number): string {
  const letters = [...text.slice(0, most * 2)];
  return letters.length > most || text.length > most * 2 ? `${letters.slice(0, most - 1).join('')}…` : text;
}

/** `2026-01-31 12:00 UTC` of an ISO time. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A link that leads to the web, and nowhere else; other texts are text. */
export const isWebAddress = (text: string) => /^https?:\/\/[^\s"'<>]+$/i.test(text);
