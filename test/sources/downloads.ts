import { connectorFor } from '../../src/sources/index.ts';
import type { Scene } from './fixture.ts';

export const CSV = 'id,name\n1,Astoria\n2,Flushing\n';
export const connector = await connectorFor('file_download');

/** Fetches a file as a template with that address does. */
export function fetch(stage: Scene, url: string, extra: Record<string, unknown> = {}) {
  return connector.fetch({ url, ...extra }, stage.destination, stage.context);
}
