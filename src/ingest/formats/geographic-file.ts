import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_LIMITS } from '../../archive/limits.ts';
import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { silentReporter } from '../../report.ts';
import type { FormatContext } from './format.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';
import { type StagedLayer, stagedColumns } from './staged/relation.ts';

/**
 * A shapefile or a geodatabase as a subquery with the file's own names and types, for whoever has no template for it,
 * such as a build. It is read as ingest reads it: whatever is wrong with its bytes is an error with a code.
 *
 * @param layer of a geodatabase; the only one unless given
 * @throws LifecycleError ING_*
 */
export async function geographicFile(
  engine: Engine,
  file: string,
  type: 'shapefile' | 'gdb',
  layer?: unknown,
): Promise<string> {
  const context: FormatContext = {
    engine,
    workDir: await mkdtemp(path.join(engine.temporaryDir, 'input-')),
    reporter: silentReporter,
    signal: new AbortController().signal,
    limits: DEFAULT_LIMITS,
    bounds: DEFAULT_READ_LIMITS,
    trustSample: false,
    assume: () => {},
  };
  if (type === 'shapefile') {
    const { stageShapefile } = await import('./shapefile.ts');
    return subquery(await stageShapefile(file, undefined, context));
  }
  const { stageGeodatabase } = await import('./geodatabase.ts');
  return subquery(await stageGeodatabase(file, { layer }, context));
}

function subquery(layer: StagedLayer): string {
  const columns = stagedColumns(layer).map(
    ({ name, expression }, i) => `${expression} AS ${identifier(name || `field_${i + 1}`)}`,
  );
  if (layer.geometry) {
    const { name, crs } = layer.geometry;
    const geometry = `ST_GeomFromWKB(c${columns.length})`;
    const located = crs?.code?.startsWith('EPSG:') ? `ST_SetCRS(${geometry}, ${literal(crs.code)})` : geometry;
    columns.push(`${located} AS ${identifier(name)}`);
  }
  return `(SELECT ${columns.join(', ')} FROM ${layer.staged.scan})`;
}
