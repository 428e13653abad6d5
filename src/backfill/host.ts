import type { Source } from '../project/project.ts';

/** Types that ask nobody. */
const LOCAL = ['local_file'];
/** Types whose objects lie with one service, whatever their buckets are called. */
const OF_S3 = /^(?:s3|edm\..*)$/;

/** Whom a source asks, for not asking one too often at a time; null where it asks nobody. */
export function hostOf({ type, key, arguments: args }: Source): string | null {
  if (LOCAL.includes(type)) return null;
  for (const value of [key, ...Object.values(args)]) {
    if (typeof value !== 'string' || !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) continue;
    const { host } = new URL(value);
    if (host !== '') return host;
  }
  return OF_S3.test(type) ? 's3' : typeof args.org === 'string' ? `${type} ${args.org}` : type;
}
