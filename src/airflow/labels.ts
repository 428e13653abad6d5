import type { Definition } from '../project/project.ts';

export const MAX_TITLE_LENGTH = 200;
export const MAX_DESCRIPTION_LENGTH = 500;
const MAX_OWNER_LENGTH = 100;
export const DEFAULT_OWNER = 'lifecycle';

const letters = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** What lists show: the bare id first, as people know it and as the search finds it, then what it is called. */
export function displayName(id: string, title: string, broken: string | null): string {
  const says = letters(title) === letters(id) ? [] : [`· ${title}`];
  return [id, ...says, ...(broken === null ? [] : ['(broken)'])].join(' ');
}

/** A text on one line that Airflow has room for. */
export function oneLine(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

export function descriptionOf(title: string, broken: string | null): string {
  return broken === null ? title : oneLine(`Broken: ${broken}`, MAX_DESCRIPTION_LENGTH);
}

/** Templates have no field for it; a team that wants to see who answers for what writes it under `custom`. */
export function ownerOf(definition: Definition | undefined): string {
  const owner = definition?.attributes.custom?.owner;
  return typeof owner === 'string' && owner.trim() !== '' ? oneLine(owner, MAX_OWNER_LENGTH) : DEFAULT_OWNER;
}
