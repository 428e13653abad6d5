import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_LIMITS } from '../../archive/limits.ts';
import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import type { FormatContext } from '../../ingest/formats/format.ts';
import { stageGeodatabase } from '../../ingest/formats/geodatabase.ts';
import { DEFAULT_READ_LIMITS } from '../../ingest/formats/limits.ts';
import { stageShapefile } from '../../ingest/formats/shapefile.ts';
import { stagedColumns } from '../../ingest/formats/staged/relation.ts';
import { silentReporter } from '../../report.ts';
import type { VerifiedInput } from './verify-inputs.ts';

/**
 * An input that is a shapefile or a geodatabase as a subquery with its own names, read as ingest reads it: whatever is
 * wrong with its bytes is an error with a code.
 *
 * @throws LifecycleError ING_*
 */
export async function geographicRelation(engine: Engine, input: VerifiedInput): Promise<string> {
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
  const layer =
    input.file_type === 'shapefile'
      ? await stageShapefile(input.file, undefined, context)
      : await stageGeodatabase(input.file, { layer: input.custom.layer_name }, context);
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
