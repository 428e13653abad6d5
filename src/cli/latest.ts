import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { parseVersion } from '../ids.ts';
import { keptTemplate } from '../project/kept-datasets.ts';
import { loadProject } from '../project/load.ts';
import { describeLatest } from '../store/describe-latest.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';

async function latest(context: CommandContext, id: string, wanted: string | undefined): Promise<undefined> {
  const { settings } = context;
  const version = wanted === undefined ? undefined : parseVersion(wanted);
  const template = await keptTemplate(await loadProject(settings.projectDir), id);
  const store = openIngestStore(storeLayout(settings.storeDir));
  if (version === undefined) {
    const standing = await store.latest(template);
    if (context.json) context.print(JSON.stringify({ template, latest: standing ?? null }, null, 2));
    else if (standing) context.print(standing);
    else {
      throw new LifecycleError('STO_NO_VERSION', `${template} has no latest version`, {
        hint: `point at one that it has: lifecycle latest ${template} VERSION (see lifecycle show ${template})`,
      });
    }
    return;
  }
  const move = await store.setLatest(template, version);
  if (context.json) context.print(JSON.stringify({ template, latest: move.to, latest_before: move.from }, null, 2));
  else context.print(describeLatest(template, move, version) ?? `latest of ${template}: ${move.to}, as before`);
}

export function register(program: Command, run: Run): void {
  program
    .command('latest')
    .description('say which version `latest` names, or make it name another one, also an older one')
    .argument('<id>', 'the template, or one of its datasets')
    .argument('[version]', 'a version that stands')
    .action(run(latest));
}
