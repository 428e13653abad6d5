import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { configFile, datasourceFile, definitionLock, jsonText } from '../../src/ingest/definition-files.ts';
import type { Definition, ProcessingStep, Source } from '../../src/project/project.ts';
import { readTemplate, resolveTemplate } from '../../src/project/template.ts';
import { casesFolder, type RecordedCase, recordedCases } from './cases.ts';

const folder = casesFolder(process.env);
const skip = folder === undefined ? 'no recorded cases: set LIFECYCLE_CASES to their folder' : false;
if (skip) console.error(`SKIPPED: ${skip}`);

type Recorded = Record<string, unknown>;

/** Undefined for what is refused here before it runs, and by the department's engine while it runs. */
async function definitionOf(recorded: RecordedCase): Promise<Definition | undefined> {
  const file = path.join(recorded.dir, 'template.yml');
  const template = await readTemplate(file, readFileSync(file, 'utf8'));
  if (recorded.status === 'error' && template.definition === undefined) return undefined;
  return resolveTemplate(template, recorded.version);
}

function expectedText(recorded: RecordedCase, ...names: string[]): string | undefined {
  const file = path.join(recorded.dir, 'expected', ...names);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The recorded runs were given a local file. */
function givenSource(recorded: RecordedCase): Source {
  const key = `input/${recorded.input}`;
  return { type: 'local_file', key, arguments: { type: 'local_file', key } };
}

for (const kind of ['edge', 'templates'] as const) {
  test(`the files that repeat the definition are those of the department's engine: ${kind}`, { skip }, async () => {
    let compared = 0;
    for (const recorded of recordedCases(folder!, kind)) {
      const lock = expectedText(recorded, 'definition.lock.json');
      if (lock === undefined) continue;
      const definition = await definitionOf(recorded);
      if (definition === undefined) continue;
      const source = givenSource(recorded);
      assert.equal(jsonText(definitionLock(definition, recorded.version, source)), lock, recorded.name);
      compared++;

      const datasource = expectedText(recorded, 'datasource.json');
      if (datasource === undefined) continue;
      const run = JSON.parse(datasource) as Recorded;
      const extraction = {
        version: recorded.version,
        rawFilename: String(run.raw_filename),
        runDetails: run.run_details as Recorded,
        timestamp: String(run.timestamp),
        source,
      };
      assert.equal(jsonText(datasourceFile(definition, extraction)), datasource, recorded.name);

      for (const dataset of definition.datasets) {
        const config = expectedText(recorded, dataset.id, 'config.json') ?? expectedText(recorded, 'config.json');
        if (config === undefined) continue;
        const transformation = (JSON.parse(config) as Recorded).transformation as Recorded;
        const steps = ((transformation.processing_steps as Partial<ProcessingStep>[] | undefined) ?? []).map(
          (step) => ({
            name: step.name!,
            args: step.args ?? {},
            mode: step.mode ?? null,
          }),
        );
        const processing = {
          ...extraction,
          steps,
          mode: (transformation.processing_mode as string | undefined) ?? null,
          summaries: (transformation.processing_steps_summaries as Recorded[] | undefined) ?? [],
        };
        assert.equal(jsonText(configFile(definition, dataset, processing)), config, `${recorded.name} ${dataset.id}`);
      }
    }
    assert.ok(compared > 100, `only ${compared} cases were compared`);
  });
}
