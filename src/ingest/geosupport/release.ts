import { type Environment, valueIn } from '../../settings/values.ts';

/** Geosupport's release, such as `25b`, from the folder of its files; null where nothing tells it. */
export function geosupportRelease(env: Environment): string | null {
  return /version-(\d+[a-zA-Z])/u.exec(valueIn(env, 'GEOFILES') ?? '')?.[1] ?? null;
}
