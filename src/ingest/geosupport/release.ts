/** Geosupport's release, such as `25b`, from the folder of its files; null where nothing tells it. */
export function geosupportRelease(env: Readonly<Record<string, string | undefined>>): string | null {
  return /version-(\d+[a-zA-Z])/u.exec(env.GEOFILES ?? '')?.[1] ?? null;
}
