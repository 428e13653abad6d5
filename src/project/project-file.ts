import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../errors.ts';
import { type DatasetRules, knownCheck, rulesOf } from './dataset-checks.ts';
import { INVALID, listOf, nullable, oneOf, type Reading } from './fields.ts';
import { findingsOf } from './issue-findings.ts';
import { modelOf, optional } from './map-fields.ts';
import { readText } from './read-text.ts';
import { placesOf } from './rendered-places.ts';
import { RUNNERS, type Runner } from './runner.ts';
import { errorFrom } from './template.ts';
import { readYaml } from './yaml.ts';

/** What holds for all of a project, in its root. It need not exist. */
export const PROJECT_FILE = 'lifecycle.yml';

export const projectFileModel = modelOf<{ checks: unknown[] | null; runner: Runner | null }>({
  fields: {
    checks: optional(nullable(listOf(knownCheck)), () => null),
    runner: optional(nullable(oneOf(...RUNNERS)), () => null),
  },
  unknown: 'refuse',
});

interface ProjectSettings {
  /** What is asked of every dataset whose template does not say it otherwise. */
  rules: DatasetRules;
  /** As they were read, for what else they ask. */
  checks: unknown;
  /** What makes the versions of every template that names nothing else. */
  runner: Runner | undefined;
}

interface ProjectFileReading extends ProjectSettings {
  findings: Finding[];
}

const NOTHING: ProjectSettings = { rules: {}, checks: null, runner: undefined };

/** Reads lifecycle.yml. */
export function readProjectFile(dir: string): ProjectFileReading {
  const file = path.join(dir, PROJECT_FILE);
  if (!existsSync(file)) return { ...NOTHING, findings: [] };
  const content = readText(file, realpathSync(dir));
  if (content.finding) return { ...NOTHING, findings: [content.finding] };
  const placeOf = placesOf(file, content.text, content.text);
  const yaml = readYaml(content.text);
  if (yaml.problem) {
    const { message, offset } = yaml.problem;
    return { ...NOTHING, findings: [{ severity: 'error', code: 'PRJ_BAD_YAML', message, place: placeOf(offset) }] };
  }
  // A file of comments alone says nothing.
  if (yaml.node === undefined || (yaml.node.kind === 'scalar' && yaml.node.value === null))
    return { ...NOTHING, findings: [] };
  const reading: Reading = { issues: [], dropped: [] };
  const written = projectFileModel(yaml.node, [], reading);
  const findings = findingsOf(reading, PROJECT_FILE, placeOf);
  if (written === INVALID) return { ...NOTHING, findings };
  return { rules: rulesOf(written.checks), checks: written.checks, runner: written.runner ?? undefined, findings };
}

/**
 * What lifecycle.yml says, to one who is about to publish by it.
 *
 * @throws LifecycleError PRJ_* where lifecycle.yml is broken: nothing is published by rules that nobody could read
 */
export function projectSettings(dir: string): ProjectSettings {
  const { findings, ...settings } = readProjectFile(dir);
  const error = findings.find((finding) => finding.severity === 'error');
  if (error) throw errorFrom(error);
  return settings;
}
