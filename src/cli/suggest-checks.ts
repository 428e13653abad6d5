import path from 'node:path';
import type { Command } from 'commander';
import { type PublishedFile, suggestChecks } from '../checks/suggest-checks.ts';
import { type SuggestedDataset, suggestionsYaml } from '../checks/suggestions-yaml.ts';
import { LifecycleError } from '../errors.ts';
import type { TemplateId } from '../ids.ts';
import { keptTemplate } from '../project/kept-datasets.ts';
import { loadProject } from '../project/load.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { withEngine } from '../store/scratch.ts';
import { compareVersions } from '../version-order.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';
import { unreadableRows, warnOfUnreadable } from './unreadable.ts';

/** More of them say nothing new, and each is read twice. */
const MOST_VERSIONS = 50;

export function register(program: Command, run: Run): void {
  program
    .command('suggest-checks')
    .description('write the checks that all published versions pass, as YAML for the template, with why')
    .argument('<id>', 'the template, or one of its datasets')
    .action(run(suggest));
}

async function suggest(context: CommandContext, id: string): Promise<undefined> {
  const { settings, signal } = context;
  const project = await loadProject(settings.projectDir);
  const template = await keptTemplate(project, id);
  const definition = project.templates.find((each) => each.id === template)?.definition;
  const published = await publishedFiles(context, template);
  const wanted = id === template || !published.has(id) ? [...published.keys()] : [id];
  const made: SuggestedDataset[] = [];
  await withEngine(settings, signal, async (engine) => {
    for (const dataset of wanted) {
      const versions = published.get(dataset)!;
      made.push({
        ...(await suggestChecks(engine, versions, signal)),
        ...{ id: dataset, versions: versions.map(({ version }) => version) },
        declared: definition?.datasets.find((each) => each.id === dataset)?.columns ?? [],
      });
    }
  });
  if (context.json) {
    const datasets = made.map(({ id: dataset, versions, suggestions }) => ({ id: dataset, versions, suggestions }));
    context.print(JSON.stringify({ template, datasets }, null, 2));
  } else context.print(suggestionsYaml(made, definition?.shape ?? 'one_to_one'));
  return undefined;
}

/** The files of each dataset, the newest version first; what is quarantined is no example. */
async function publishedFiles(context: CommandContext, template: TemplateId): Promise<Map<string, PublishedFile[]>> {
  const store = openIngestStore(storeLayout(context.settings.storeDir));
  const { found, unreadable } = await store.survey(template);
  warnOfUnreadable(context, template, unreadableRows(unreadable));
  const sound = found
    .filter(({ record }) => !isQuarantined(record))
    .slice(0, MOST_VERSIONS)
    .sort(
      (a, b) => compareVersions(b.version, a.version) || Date.parse(b.record.created) - Date.parse(a.record.created),
    );
  if (sound.length === 0) {
    throw new LifecycleError('STO_NO_VERSION', `${template} has no version to learn from`, {
      hint: `make one: lifecycle ingest ${template}`,
    });
  }
  const files = new Map<string, PublishedFile[]>();
  for (const { version, record } of sound) {
    const dir = await store.directory(template, version);
    for (const dataset of record.datasets) {
      const file = {
        ...{ version, created: record.created, file: path.join(dir, dataset.path) },
        ...{ columns: dataset.columns.map(({ name }) => name), geometryColumn: dataset.geometry_column },
      };
      files.set(dataset.id, [...(files.get(dataset.id) ?? []), file]);
    }
  }
  return files;
}
