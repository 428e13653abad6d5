import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { parseVersion } from '../ids.ts';
import { userName } from '../ingest/run-details.ts';
import { keptTemplate } from '../project/kept-datasets.ts';
import { loadProject } from '../project/load.ts';
import { describeLatest } from '../store/describe-latest.ts';
import { storeLayout } from '../store/layout.ts';
import { releaseVersion } from '../store/release.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';

interface Options {
  reason: string;
  by?: string;
}

export function register(program: Command, run: Run): void {
  program
    .command('release')
    .description('lift the quarantine of a version that failed a check, and offer it to `latest`')
    .argument('<version>', 'ID@VERSION')
    .requiredOption('--reason <text>', 'why it may be used all the same; its record keeps it')
    .option('--by <name>', 'who says so; the user of this machine unless given')
    .action(run(release));
}

async function release(context: CommandContext, text: string, options: Options): Promise<undefined> {
  const { settings } = context;
  const at = text.indexOf('@');
  if (at < 1) {
    throw new LifecycleError('LIF_USAGE', `${JSON.stringify(text)} names no version`, { hint: 'write ID@VERSION' });
  }
  const [reason, by] = [options.reason.trim(), (options.by ?? userName()).trim()];
  if (reason === '' || by === '') {
    throw new LifecycleError('LIF_USAGE', 'a release needs a reason, and somebody who gives it', {
      hint: 'say what you looked at: --reason "confirmed with the publisher"',
    });
  }
  const version = parseVersion(text.slice(at + 1));
  const project = await loadProject(settings.projectDir);
  const id = await keptTemplate(project, text.slice(0, at));
  const order = project.templates.find((template) => template.id === id)?.definition?.version_order ?? undefined;
  const { record, isNew, latest } = await releaseVersion(
    storeLayout(settings.storeDir),
    id,
    version,
    { by, reason },
    order,
  );
  const { released } = record.quarantine!;
  if (context.json) {
    const { from: latest_before, to } = latest;
    context.print(
      JSON.stringify({ template: id, version, released, is_new: isNew, latest: to, latest_before }, null, 2),
    );
    return;
  }
  const when = isNew ? 'released' : `was released at ${released!.at}`;
  const lines = [`${id}@${version} ${when} by ${released!.by}: ${released!.reason}`];
  const moved = describeLatest(id, latest, version);
  context.print([...lines, ...(moved === undefined ? [] : [moved])].join('\n'));
}
