import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '../../settings/settings.ts';

/** The Python of recipes' commands and preprocessors: LIFECYCLE_PYTHON, else the project's own, else that on PATH. */
export function pythonFor(settings: Settings): string {
  const own = path.join(settings.projectDir, '.venv', 'bin', 'python');
  return settings.python ?? (existsSync(own) ? own : 'python3');
}
