import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LifecycleError } from '../../errors.ts';
import { maskerOfSecrets } from '../../masking/output.ts';
import { type ChildResult, runChild } from '../../processes/child.ts';
import { variablesSet } from '../../settings/values.ts';
import type { IngestContext } from '../ingest.ts';
import { PythonLog } from './log-lines.ts';

const BRIDGE = fileURLToPath(new URL('./bridge.py', import.meta.url));
const MARKER = 'LIFECYCLE_DCPY_RUN';
/** Pydantic ends each of its messages with an address. */
const WHERE_TO_READ = 'For further information visit';
const SETTING = 'LIFECYCLE_DCPY_PYTHON';

/** The arguments of the department's `ingest`, under its names; nothing is ever pushed. */
interface DcpyCall {
  template: string;
  version: string;
  options: { mode: string | null; datasets_filter: readonly string[] | null; output_csv: boolean };
  paths: {
    /** Made by the call. */
    staging_dir: string;
    definition_dir: string;
    local_file_path: string | null;
  };
}

interface Failure {
  type: string;
  /** As Python prints it, perhaps of several lines. */
  message: string;
  /** Of an import that failed. */
  module: string | null;
}

/**
 * Calls the department's ingest in its Python and passes on what it logs. Nothing that it started runs on afterwards.
 *
 * @param workDir for what it keeps on its own account
 * @throws LifecycleError ING_DCPY
 */
export async function callDcpy(call: DcpyCall, workDir: string, context: IngestContext): Promise<void> {
  const { settings, reporter, signal } = context;
  const python = settings.dcpyPython;
  if (python === undefined) {
    throw new LifecycleError('ING_DCPY', 'the runner is dcpy, and there is no Python that has it', {
      hint: `set ${SETTING} to the python of an environment with the department's package, or make that environment as .venv in ${settings.projectDir}`,
    });
  }
  const [spec, outcome] = ['call.json', 'outcome.json'].map((name) => path.join(workDir, name)) as [string, string];
  await writeFile(spec, JSON.stringify(call));
  const log = new PythonLog();
  const own = { DCPY_LIFECYCLE_DATA_DIR: path.join(workDir, 'dcpy'), PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' };
  const result = await runChild({
    file: python,
    args: [BRIDGE, spec, outcome],
    cwd: settings.projectDir,
    env: { ...variablesSet(settings.env), ...own },
    marker: MARKER,
    masker: maskerOfSecrets(settings.env),
    onOutput(piece) {
      const line = log.line(Buffer.from(piece, 'latin1').toString('utf8').trimEnd());
      if (line) reporter.log(line.level, line.text);
    },
    timeoutMs: undefined,
    signal,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  throw failed(python, result, await failureIn(outcome));
}

/** Undefined where Python could not even tell. */
async function failureIn(outcome: string): Promise<Failure | undefined> {
  const text = await readFile(outcome, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : ((JSON.parse(text) as { error: Failure | null }).error ?? undefined);
}

function failed(python: string, result: ChildResult, failure: Failure | undefined): LifecycleError {
  const error = (message: string, cause: unknown, hint: string) =>
    new LifecycleError('ING_DCPY', message, { cause, hint });
  if (result.startError) {
    return error(`${python} could not be started`, result.startError, `${SETTING} names the python to run dcpy with`);
  }
  if (failure === undefined) {
    const how = result.signal === null ? `ended with ${result.exitCode}` : `was ended by ${result.signal}`;
    const hint = 'see the lines above; a process that the system kills has mostly used up the memory';
    return error(`dcpy ${how} without saying why`, undefined, hint);
  }
  const lines = failure.message.split('\n').filter((line) => !line.trimStart().startsWith(WHERE_TO_READ));
  const cause = new Error(lines.at(-1)?.trim());
  if (failure.module !== null && failure.type === 'ModuleNotFoundError') {
    const isItself = failure.module.split('.')[0] === 'dcpy';
    return error(
      `${python} has no module ${failure.module}`,
      cause,
      isItself
        ? `install the department's package there, name its checkout in PYTHONPATH, or name another python in ${SETTING}`
        : `dcpy needs it: install ${failure.module} into that environment`,
    );
  }
  const refusal = failure.type === 'ValidationError' || failure.message.includes('malformatted yml');
  const what = lines.length > 1 ? `: ${lines[0]}` : refusal ? '' : ` with ${failure.type}`;
  return error(
    `dcpy ${refusal ? 'refuses the template' : 'failed'}${what}`,
    cause,
    refusal
      ? 'its models allow less than ours: change what the cause names, or use `runner: native`'
      : 'LIFECYCLE_DEBUG=1 shows where in dcpy; `--runner native` makes the version without it',
  );
}
