import type { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { type Crs, crsFromGdal } from '../crs.ts';

/** One layer of a file that GDAL reads. */
export interface Layer {
  name: string;
  fields: { name: string; type: string; subtype: string }[];
  /** Undefined for a table without geometry. */
  geometry: { name: string; crs: Crs | undefined } | undefined;
}

interface MetaLayer {
  name: string;
  fields: { name: string; type: string; subtype: string }[] | null;
  geometry_fields: { name: string; crs: Parameters<typeof crsFromGdal>[0] }[] | null;
}

/**
 * The layers of a file. The caller has looked at the path first: GDAL may end the process over one that is no data set.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readLayers(engine: Engine, file: string): Promise<Layer[]> {
  await engine.load('spatial');
  try {
    const rows = await engine.rows(`SELECT layers FROM ST_Read_Meta(${literal(file)})`);
    return ((rows[0]?.layers ?? []) as MetaLayer[]).map((layer) => {
      const geometry = layer.geometry_fields?.[0];
      return {
        name: layer.name,
        fields: layer.fields ?? [],
        geometry: geometry && { name: geometry.name || 'geom', crs: crsFromGdal(geometry.crs) },
      };
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', 'the file cannot be read as geographic data', {
    cause,
    hint: 'open it with ogrinfo or QGIS; it may be cut off or of another format than the template says',
  });
}
