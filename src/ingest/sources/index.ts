import { LifecycleError } from '../../errors.ts';
import type { SourceConnector } from './source.ts';

interface ConnectorModule {
  connector: SourceConnector;
}

/** Source types by name; only the module that is asked for is loaded, since every run of a task pays for it. */
const CONNECTORS: Record<string, () => Promise<ConnectorModule>> = {
  api: () => import('./api.ts'),
  file_download: () => import('./file-download.ts'),
  arcgis_feature_server: () => import('./arcgis-feature-server.ts'),
  local_file: () => import('./local-file.ts'),
  socrata: () => import('./socrata.ts'),
};

export const SOURCE_TYPES: readonly string[] = Object.keys(CONNECTORS).sort();

/** @throws LifecycleError SRC_UNKNOWN_TYPE */
export async function connectorFor(type: string): Promise<SourceConnector> {
  const load = Object.hasOwn(CONNECTORS, type) ? CONNECTORS[type] : undefined;
  if (!load) {
    throw new LifecycleError('SRC_UNKNOWN_TYPE', `there is no source type ${JSON.stringify(type)}`, {
      hint: `the types are ${SOURCE_TYPES.join(', ')}`,
    });
  }
  return (await load()).connector;
}
