import type { Command } from 'commander';
import { recipePins } from '../backfill/pins.ts';
import { askSource, productVersions, templateVersions, type VersionsReport } from '../backfill/versions-report.ts';
import { counted } from '../counts.ts';
import { LifecycleError } from '../errors.ts';
import { findProduct, findTemplate } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';
import { formatTable } from './table.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

export function register(program: Command, run: Run): void {
  program
    .command('versions')
    .description('what stands of a template or product, which versions should, and which are missing')
    .argument('<id>', 'the template or the product')
    .option('--remote', 'also ask the source for its versions')
    .action(run(versions));
}

async function versions(context: CommandContext, id: string, options: { remote?: boolean }): Promise<undefined> {
  const { settings, reporter, signal } = context;
  const project = await loadProject(settings.projectDir);
  const layout = storeLayout(settings.storeDir);
  const now = new Date();
  let report: VersionsReport;
  if (project.products.some((product) => product.id === id) && !project.templates.some((each) => each.id === id)) {
    if (options.remote) {
      throw new LifecycleError('LIF_USAGE', `${id} is a product, and has no source to be asked`, {
        hint: 'leave --remote out',
      });
    }
    report = await productVersions(layout, findProduct(project, id), now);
  } else {
    const template = findTemplate(project, id);
    const pins = await recipePins(project, settings.env);
    for (const { product, reason } of pins.unknown) {
      reporter.log('warning', `what the recipe of ${product} pins is not known: ${reason}`);
    }
    const told = options.remote ? await askSource(template, { settings, reporter, signal }) : undefined;
    if (options.remote && !told) {
      reporter.log('warning', `a ${template.definition.source.type} source tells no versions`);
    }
    report = await templateVersions(layout, template, { pins, told, now });
  }
  const unreadable = unreadableRows(report.unreadable);
  warnOfUnreadable(context, id, unreadable);
  context.print(
    context.json
      ? JSON.stringify({ ...report, unreadable }, null, 2)
      : linesOf(report, options.remote === true).join('\n'),
  );
}

function linesOf(report: VersionsReport, asked: boolean): string[] {
  const rows = report.versions.map(({ version, created, expected_by }) => [
    version,
    created === null ? 'missing' : created.slice(0, 10),
    expected_by.join(', '),
  ]);
  const table = formatTable([{ heading: 'VERSION' }, { heading: 'MADE' }, { heading: 'EXPECTED BY' }], rows);
  return [...(rows.length > 0 ? table : []), summary(report, asked)];
}

function summary({ declared, versions, missing, source }: VersionsReport, asked: boolean): string {
  const standing = versions.filter(({ created }) => created !== null).length;
  const told = source === 'newest' ? '; the source tells its newest version only' : '';
  const silent = source === 'all' && !versions.some(({ expected_by }) => expected_by.includes('source'));
  const nothing = silent ? '; the source lists none: check its key' : '';
  const unasked =
    declared !== null && 'from_source' in declared && !asked ? '; the source knows what should be: --remote' : '';
  const isLater = declared !== null && 'cadence' in declared;
  const expects = versions.some(({ expected_by }) => expected_by.length > 0);
  const none = isLater ? `none is expected before ${declared.from}` : 'none is expected';
  const what = expects ? `${counted(missing.length)} missing` : none;
  return `${counted(standing)} ${standing === 1 ? 'stands' : 'stand'}, ${what}${told}${nothing}${unasked}`;
}
