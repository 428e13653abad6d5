import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { maskerOfSecrets } from '../../masking/output.ts';
import { writeParquet } from '../../parquet/write.ts';
import { type PythonFailure, runPython } from '../../processes/python.ts';
import { crsFrom } from '../../relation/crs.ts';
import { findColumn, GEOMETRY, withColumn } from '../../relation/relation.ts';
import { readParquet } from '../formats/parquet.ts';
import type { ApplyStep } from './step.ts';

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
  const { settings, reporter, signal } = context;
  const masker = maskerOfSecrets(settings.env);
  const call = { python, program: BRIDGE, args: [specFile], cwd: settings.projectDir, env: settings.env };
  const failure = await runPython({ ...call, masker, reporter, signal });
  if (failure) throw failed(python, failure);

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

function failed(python: string, { startError, complaint, how, hint }: PythonFailure): LifecycleError {
  if (startError) {
    return new LifecycleError('ING_PYTHON', `${python} could not be started`, {
      cause: startError,
      hint: 'LIFECYCLE_PYTHON names the python that runs it',
    });
  }
  return new LifecycleError('ING_PYTHON', `the Python script ${how}`, {
    cause: complaint.length > 0 ? new Error(complaint.slice(-3).join(' | ')) : undefined,
    hint: hint ?? 'LIFECYCLE_PYTHON names the python that runs it; the package of the script must be installed there',
  });
}
