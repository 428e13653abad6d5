import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { writeParquet } from '../../parquet/write.ts';
import { withStreams } from '../../processes/with-streams.ts';
import { crsFrom } from '../../relation/crs.ts';
import { findColumn, GEOMETRY, withColumn } from '../../relation/relation.ts';
import { readParquet } from '../formats/parquet.ts';
import type { ApplyStep, StepContext } from './step.ts';

/** Reads a parquet file, calls the function, writes a parquet file: nothing of what it does is ours to know. */
const BRIDGE = `
import importlib, json, sys
spec = json.load(open(sys.argv[1]))
try:
    function = getattr(importlib.import_module(spec["module"]), spec["function"])
except (ImportError, AttributeError) as error:
    sys.exit(f"cannot import {spec['module']}.{spec['function']}: {error}")
if spec["geometry"]:
    import geopandas
    frame = geopandas.read_parquet(spec["input"])
else:
    import pandas
    frame = pandas.read_parquet(spec["input"])
result = function(frame, **spec["kwargs"])
if not hasattr(result, "to_parquet"):
    sys.exit(f"{spec['function']} returned {type(result).__name__}, not a DataFrame")
if spec["geometry"] and spec["geometry"] in result.columns and not hasattr(result, "to_crs"):
    import geopandas
    result = geopandas.GeoDataFrame(result, geometry=spec["geometry"], crs=frame.crs)
result.to_parquet(spec["output"], index=False)
`;

/** Runs a function of a Python package over the rows, in the configured Python. */
export const apply: ApplyStep<'python_script'> = async (relation, args, context) => {
  const { module, function: name, ...kwargs } = args;
  const { python } = context.settings;
  if (!python) {
    throw new LifecycleError('ING_PYTHON', `the step runs ${module}.${name} in Python, and none is configured`, {
      hint: 'set LIFECYCLE_PYTHON to the python of an environment that has the package, pandas, geopandas and pyarrow',
    });
  }
  const input = path.join(context.workDir, 'script-input.parquet');
  const output = path.join(context.workDir, 'script-output.parquet');
  await writeParquet(context.engine, relation, input);
  const spec = { module, function: name, kwargs, input, output, geometry: relation.geometry?.column ?? null };
  const specFile = path.join(context.workDir, 'script.json');
  await writeFile(specFile, JSON.stringify(spec));
  await run(python, specFile, context);

  const result = await readParquet(context.engine, output);
  const geometry = relation.geometry && findColumn(result, relation.geometry.column);
  if (!geometry || !relation.geometry) return result;
  await context.engine.load('spatial');
  const located = withColumn(result, geometry.name, {
    expression: `ST_GeomFromWKB(${geometry.expression})`,
    type: GEOMETRY,
  });
  const { crs } = relation.geometry;
  return {
    ...located,
    geometry: { column: geometry.name, crs: crs?.code ? await crsFrom(context.engine, crs.code) : crs },
  };
};

/** How much of a script's complaint is shown. */
const STDERR_TAIL = 2000;

function run(python: string, specFile: string, context: StepContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = withStreams(
      spawn(python, ['-c', BRIDGE, specFile], {
        cwd: context.settings.projectDir,
        env: { ...context.settings.env, PYTHONUNBUFFERED: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: context.signal,
      }),
    );
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => context.reporter.log('info', text.trimEnd()));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-STDERR_TAIL);
    });
    child.once('error', (cause) => reject(failed(`${python} could not be started`, cause)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(failed('the Python script failed', new Error(complaint.trim().split('\n').slice(-3).join(' | '))));
    });
  });
}

function failed(message: string, cause: unknown): LifecycleError {
  return new LifecycleError('ING_PYTHON', message, {
    cause,
    hint: 'LIFECYCLE_PYTHON names the python that runs it; the package of the script must be installed there',
  });
}
