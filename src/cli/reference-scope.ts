import type { ReferenceScope } from '../store/reference.ts';
import type { CommandContext } from './context.ts';

/** Where names of data are looked up for a command. */
export function referenceScope({ settings, cwd }: CommandContext): ReferenceScope {
  return {
    storeDir: settings.storeDir,
    cwd,
    loadProject: async () => (await import('../project/load.ts')).loadProject(settings.projectDir),
  };
}
