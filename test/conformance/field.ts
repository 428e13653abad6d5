import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../python-environment.ts';

/** Runs field cases, files made after public bug reports: `bin/node test/conformance/field.ts CASES [--only TEXT]`. */
const [cases, ...rest] = process.argv.slice(2);
if (cases === undefined) {
  console.error('usage: bin/node test/conformance/field.ts CASES [--only TEXT]');
  process.exit(2);
}
const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const tools = await pythonTools(settings.venvDir);
if ('missing' in tools) throw new Error(tools.missing);
const script = path.resolve(cases, '..', '..', 'tools', 'run_field.py');
const { status } = spawnSync(tools.python, [script, INSTALLATION, path.resolve(cases), ...rest], { stdio: 'inherit' });
process.exitCode = status ?? 1;
