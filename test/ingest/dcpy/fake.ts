import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { pythonTools } from '../../python-environment.ts';
import { type IngestProject, VENV } from '../project.ts';

const FOLDERS = ['dcpy', 'dcpy/lifecycle', 'dcpy/lifecycle/ingest'];

/**
 * A package of the department's interface, and a Python that has what it needs; undefined where there is none, and the
 * test is skipped.
 *
 * @returns the environment that makes `runner: dcpy` use it
 */
export async function fakeDcpy(test: TestContext, project: IngestProject): Promise<Record<string, string> | undefined> {
  const tools = await pythonTools(VENV);
  if ('missing' in tools) {
    test.skip(tools.missing);
    return undefined;
  }
  const root = path.join(project.dir, 'packages');
  for (const folder of FOLDERS) {
    await mkdir(path.join(root, folder), { recursive: true });
    await writeFile(path.join(root, folder, '__init__.py'), '');
  }
  await copyFile(
    path.join(import.meta.dirname, 'fake_run.py'),
    path.join(root, 'dcpy', 'lifecycle', 'ingest', 'run.py'),
  );
  return { LIFECYCLE_DCPY_PYTHON: tools.python, PYTHONPATH: root };
}
