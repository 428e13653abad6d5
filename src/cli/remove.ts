import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { parsePartitionKey, parseVersion, templateIdFrom } from '../ids.ts';
import { keptTemplate } from '../project/kept-datasets.ts';
import { loadProject } from '../project/load.ts';
import { describeLatest } from '../store/describe-latest.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import { removeBuild, removeVersion } from '../store/remove-version.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  program
    .command('remove')
    .description('remove a version of a template, or a build, that no other build has locked; it cannot be undone')
    .argument('<name>', 'TEMPLATE@VERSION or PRODUCT@KEY')
    .action(run(remove));
}

async function remove(context: CommandContext, name: string): Promise<undefined> {
  const { settings } = context;
  const at = name.indexOf('@');
  if (at < 1) {
    throw new LifecycleError('LIF_USAGE', `${JSON.stringify(name)} names no version`, {
      hint: 'write TEMPLATE@VERSION or PRODUCT@KEY; `lifecycle show ID` lists them',
    });
  }
  const [id, version] = [name.slice(0, at), name.slice(at + 1)];
  const layout = storeLayout(settings.storeDir);
  const project = await loadProject(settings.projectDir);
  const product = project.products.find((each) => each.id === id);
  if (product) {
    await removeBuild(layout, product.id, parsePartitionKey(version));
    context.print(context.json ? JSON.stringify({ removed: name, latest: null }, null, 2) : `removed ${name}`);
    return undefined;
  }
  const own = templateIdFrom(id);
  const isKept = own !== undefined && (await openIngestStore(layout).names(own)).length > 0;
  const template = isKept ? own : await keptTemplate(project, id);
  if (template !== id) {
    throw new LifecycleError('LIF_USAGE', `${id} is one of the datasets of ${template}, which go together`, {
      hint: `to remove all of them: lifecycle remove ${template}@${version}`,
    });
  }
  const order = project.templates.find((each) => each.id === id)?.definition?.version_order ?? undefined;
  const moved = await removeVersion(layout, template, parseVersion(version), order);
  if (context.json) {
    context.print(JSON.stringify({ removed: name, latest: moved?.to ?? null }, null, 2));
    return undefined;
  }
  context.print(`removed ${name}`);
  const told = moved && describeLatest(template, moved, moved.to);
  if (told) context.print(told);
  return undefined;
}
