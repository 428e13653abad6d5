import type { Engine } from '../../../engine/engine.ts';
import { LifecycleError } from '../../../errors.ts';
import { type Crs, crsFrom } from '../../../relation/crs.ts';
import type { Envelope } from './cut.ts';

/**
 * The reference system of coordinates: what the template says, else the document's own, else longitude and latitude. It is
 * set, never transformed to.
 *
 * @param wanted `crs` of the template's file_format
 * @throws LifecycleError ING_UNKNOWN_CRS
 */
export async function crsOf(engine: Engine, wanted: unknown, { document }: Envelope): Promise<Crs> {
  if (wanted !== undefined && wanted !== null) return crsFrom(engine, String(wanted));
  const name = nameOf(document.crs);
  try {
    return await crsFrom(engine, name);
  } catch (error) {
    throw error instanceof LifecycleError && error.code === 'ING_UNKNOWN_CRS'
      ? unusable(`is none that is known: ${JSON.stringify(name).slice(0, 200)}`)
      : error;
  }
}

const USUAL = 'EPSG:4326';

function nameOf(crs: unknown): string {
  if (crs === undefined || crs === '') return USUAL;
  if (crs === null) throw unusable('is null, which says nothing of its coordinates');
  if (typeof crs !== 'object') return String(crs);
  const { properties = {}, ...rest } = crs as { properties?: unknown; type?: unknown };
  if (properties !== null && typeof properties === 'object' && !Array.isArray(crs)) {
    const { name, ...others } = properties as { name?: unknown };
    if (name !== undefined && name !== null && name !== '') return String(name);
    // Says nothing at all; what says it in another way must not be passed over, since the coordinates would be wrong.
    if (Object.keys(others).length === 0 && Object.keys(rest).every((key) => key === 'type')) return USUAL;
  }
  throw unusable(`is none by name: ${JSON.stringify(crs).slice(0, 200)}`);
}

function unusable(what: string): LifecycleError {
  return new LifecycleError('ING_UNKNOWN_CRS', `the file's crs ${what}`, {
    hint: "say in file_format what the file's coordinates are, for example crs: EPSG:2263",
  });
}
