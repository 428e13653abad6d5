import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { type PythonFailure, runPython } from '../../processes/python.ts';
import type { LockedInput } from '../../store/builds/inputs-lock.ts';
import type { BuildContext } from '../build-options.ts';
import { maskerOf } from '../build-secrets.ts';
import { pythonFor } from '../commands/python.ts';
import { copyForWriting } from './handed-inputs.ts';
import type { VerifiedInput } from './verify-inputs.ts';

/**
 * Calls `function(id, data)` of a module, as the department's loader does it: data is a table, of CSV with every column
 * as text, or the parsed JSON. What comes back becomes the table. The product's folder and the project are on the path.
 */
const RUNNER = `
import importlib, json, os, sys
module, function, id, source, kind, target, project = sys.argv[1:]
sys.path[:0] = [os.getcwd(), project]
import pandas as pd
call = getattr(importlib.import_module(module), function)
if kind == 'json':
    with open(source, encoding='utf-8') as file:
        frame = call(id, json.load(file))
elif kind == 'csv':
    frame = call(id, pd.read_csv(source, dtype=str, index_col=False))
else:
    import pyarrow.parquet as pq
    if b'geo' in (pq.read_schema(source).metadata or {}):
        import geopandas
        frame = call(id, geopandas.read_parquet(source))
    else:
        frame = call(id, pd.read_parquet(source))
for name in frame.columns:
    if frame[name].dtype == object:
        values = frame[name]
        if not all(isinstance(value, (str, type(None))) for value in values):
            frame[name] = values.where(values.isna(), values.astype(str))
frame.columns = [str(name) for name in frame.columns]
frame.to_parquet(target, index=False)
`;

const NAME_A_PYTHON = 'name a Python that has pandas and pyarrow with LIFECYCLE_PYTHON, or give the project a .venv';
const KINDS = ['csv', 'parquet', 'json'];

/** Whether the recipe wants a function of its own over this input; DuckDB tables are loaded as they are. */
export function wantsPreprocessing(input: LockedInput): boolean {
  return input.preprocessor !== null && input.destination === 'postgres';
}

/**
 * Runs an input's preprocessor and gives the input with the file that came out.
 *
 * @throws LifecycleError BLD_LOAD_FAILED
 */
export async function preprocess(context: BuildContext, input: VerifiedInput, dir: string): Promise<VerifiedInput> {
  const { module, function: name } = input.preprocessor!;
  const label = `${module}.${name} for ${input.id} ${input.version ?? ''}`;
  if (input.file_type === null || !KINDS.includes(input.file_type)) {
    throw new LifecycleError('BLD_LOAD_FAILED', `${label}: files of type ${input.file_type} have no preprocessor`, {
      hint: `take the preprocessor out of the recipe, or use a file_type of ${KINDS.join(', ')}`,
    });
  }
  const { product, settings, reporter, signal } = context;
  // Code of the project reads a copy: what it writes into a link of the store's would be published there.
  const source = path.join(dir, 'source', ...input.path!.split('/'));
  await copyForWriting(input.file, source);
  const target = path.join(dir, `${input.id}-${input.version ?? ''}.parquet`.replace(/[/\0]/g, '_'));
  const { value } = settings;
  const env = { PATH: value('PATH'), HOME: value('HOME'), LANG: value('LANG'), ...product.env };
  const python = pythonFor(settings);
  await reporter.step(`ran ${label}`, async () => {
    const failure = await runPython({
      python,
      program: RUNNER,
      args: [module, name, input.id, source, input.file_type!, target, settings.projectDir],
      cwd: product.dir,
      env,
      masker: maskerOf(context, env),
      reporter,
      signal,
    });
    if (failure) throw failed(label, python, failure);
  });
  return { ...input, file: target, file_type: 'parquet' };
}

function failed(label: string, python: string, { startError, complaint, how, hint }: PythonFailure): LifecycleError {
  if (startError) {
    return new LifecycleError('BLD_LOAD_FAILED', `${label}: ${python} could not be started`, {
      cause: startError,
      hint: NAME_A_PYTHON,
    });
  }
  const said = complaint.at(-1);
  const lacksTools = /No module named '(pandas|pyarrow|geopandas)'/.test(said ?? '');
  return new LifecycleError('BLD_LOAD_FAILED', `${label} ${how}${said ? `: ${said}` : ''}`, {
    hint: hint ?? (lacksTools ? NAME_A_PYTHON : undefined),
  });
}
