import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { geoFacts } from '../parquet/geo-metadata.ts';
import type { Written } from '../parquet/write.ts';
import type { IngestContext } from './ingest.ts';
import { outliersOf } from './outliers.ts';
import type { Outliers } from './review.ts';

/** What a parquet file that this program did not write says of itself. @throws LifecycleError ING_BAD_FILE */
export async function describeParquet(
  file: string,
  temporaryDir: string,
  context: IngestContext,
): Promise<{ facts: Written; outliers: Outliers[] }> {
  const engine = await Engine.open({ venvDir: context.settings.venvDir, temporaryDir });
  try {
    const columns = await engine.describe(`SELECT * FROM read_parquet(${literal(file)})`);
    const { rows } = await engine.row(`SELECT num_rows AS rows FROM parquet_file_metadata(${literal(file)})`);
    const facts = { rows: Number(rows), columns, ...(await geoFacts(engine, file)) };
    return { facts, outliers: await outliersOf(engine, file, facts, []) };
  } catch (cause) {
    throw new LifecycleError('ING_BAD_FILE', 'the file cannot be read as parquet', {
      cause,
      hint: 'look at it with DuckDB or pyarrow',
    });
  } finally {
    engine.close();
  }
}
