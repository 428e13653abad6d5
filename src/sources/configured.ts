import { existsSync } from 'node:fs';
import path from 'node:path';
import { SOURCES } from '../project/vocabulary/sources.ts';
import type { Settings } from '../settings/settings.ts';

/** Where a checkout of the department's repository keeps the map of its download pages. */
export const USUAL_SITE_MAP = SOURCES.bytes.arguments.site_map.otherwise;

/** Whether the environment says anything of S3: an address, credentials. Public objects can be had without. */
export function s3IsConfigured({ env, value }: Settings): boolean {
  const addresses = ['AWS_S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;
  if (addresses.some((name) => value(name)) || env.AIRFLOW_CONN_LIFECYCLE_S3) return true;
  return Boolean(value('AWS_ACCESS_KEY_ID') && value('AWS_SECRET_ACCESS_KEY'));
}

/** Whether the project has the map without which nothing is found on the download site. */
export function bytesIsConfigured({ projectDir }: Settings): boolean {
  return existsSync(path.join(projectDir, USUAL_SITE_MAP));
}
