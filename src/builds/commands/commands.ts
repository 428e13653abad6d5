import type { Command, Recipe } from '../../project/recipe-model.ts';
import { BUILD_STAGE } from './environment.ts';

/** One command of a build, ready to be started. */
export interface BuildCommand {
  name: string;
  /** As it is shown. */
  run: string;
  type: 'shell' | 'python';
  env: Readonly<Record<string, string>>;
}

/** The product's own command first, then the recipe's, in order. */
export function commandsOf(buildCommand: string | null, recipe: Recipe | undefined): BuildCommand[] {
  const own: BuildCommand[] =
    buildCommand === null ? [] : [{ name: 'build_command', run: buildCommand, type: 'shell', env: {} }];
  const commands = recipe?.stage_config.get(BUILD_STAGE)?.commands ?? [];
  return [...own, ...commands.map(fromRecipe)];
}

function fromRecipe(command: Command): BuildCommand {
  return { name: command.name, run: command.run, type: command.command_type, env: Object.fromEntries(command.env) };
}

/**
 * `module:function` is called without arguments; of a bare `module` the function `main`, if it has one. The product's
 * folder comes first on the import path.
 */
const PYTHON_RUNNER = `
import importlib, os, sys
sys.path.insert(0, os.getcwd())
module, _, function = sys.argv[1].partition(':')
loaded = importlib.import_module(module)
if function:
    getattr(loaded, function)()
elif callable(getattr(loaded, 'main', None)):
    loaded.main()
`;

/** Program and arguments; a value never becomes part of a shell's text. */
export function programOf(command: BuildCommand, python: string): { file: string; args: string[] } {
  return command.type === 'shell'
    ? { file: '/bin/sh', args: ['-c', command.run] }
    : { file: python, args: ['-u', '-c', PYTHON_RUNNER, command.run] };
}
