import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Settings } from '../../settings/settings.ts';
import type { BuildCommand } from '../commands/commands.ts';
import { pythonFor } from '../commands/python.ts';

const run = promisify(execFile);
const versions = new Map<string, Promise<string | null>>();

/** The version of the Python that runs python commands and preprocessors; null when there is none. */
export function pythonVersion(settings: Settings): Promise<string | null> {
  const python = pythonFor(settings);
  const known = versions.get(python);
  if (known) return known;
  const script = 'import platform; print(platform.python_version())';
  const version = run(python, ['-I', '-S', '-c', script], { env: { PATH: settings.value('PATH') } }).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
  versions.set(python, version);
  return version;
}

/** The version of Node where commands speak of it and would find ours; of another one this program knows nothing. */
export async function nodeVersion(settings: Settings, commands: readonly BuildCommand[]): Promise<string | null> {
  if (!commands.some(({ type, run: text }) => type === 'shell' && /\b(node|npx|npm)\b/.test(text))) return null;
  for (const dir of (settings.value('PATH') ?? '').split(path.delimiter).filter(Boolean)) {
    const file = path.join(dir, 'node');
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return (await realpath(file)) === (await realpath(process.execPath)) ? process.version : null;
  }
  return process.version;
}
