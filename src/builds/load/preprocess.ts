import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { LifecycleError } from '../../errors.ts';
import type { LockedInput } from '../../store/builds/inputs-lock.ts';
import type { BuildContext } from '../build-options.ts';
import { pythonFor } from '../commands/python.ts';
import { copyForWriting } from './handed-inputs.ts';
import type { VerifiedInput } from './verify-inputs.ts';

const run = promisify(execFile);

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

const KINDS = ['csv', 'parquet', 'json'];
const MAX_OUTPUT = 16 * 1024 * 1024;

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
  const args = ['-c', RUNNER, module, name, input.id, source, input.file_type, target, settings.projectDir];
  const { value } = settings;
  try {
    await reporter.step(`ran ${label}`, () =>
      run(pythonFor(settings), args, {
        cwd: product.dir,
        env: { PATH: value('PATH'), HOME: value('HOME'), LANG: value('LANG'), ...product.env },
        maxBuffer: MAX_OUTPUT,
        signal,
      }),
    );
  } catch (cause) {
    signal.throwIfAborted();
    const facts = cause as NodeJS.ErrnoException & { stderr?: string };
    const said = facts.stderr?.trim().split('\n').at(-1);
    throw new LifecycleError('BLD_LOAD_FAILED', `${label} failed${said ? `: ${said}` : ''}`, {
      cause,
      hint: /No module named '(pandas|pyarrow|geopandas)'/.test(said ?? '')
        ? 'name a Python that has pandas and pyarrow with LIFECYCLE_PYTHON, or give the project a .venv'
        : undefined,
    });
  }
  return { ...input, file: target, file_type: 'parquet' };
}
