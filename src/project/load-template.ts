import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { templateIdFrom } from '../ids.ts';
import type { IngestTemplate } from './project.ts';
import { readText } from './read-text.ts';
import { readTemplate } from './template.ts';

export const TEMPLATES_FOLDER = 'ingest_templates';

/** The one template of that name, or undefined: for a task that needs no other, and need not wait for them. */
export async function loadTemplate(dir: string, name: string): Promise<IngestTemplate | undefined> {
  if (templateIdFrom(name) === undefined || !existsSync(dir)) return undefined;
  const root = realpathSync(dir);
  for (const ending of ['.yml', '.yaml']) {
    const file = path.join(dir, TEMPLATES_FOLDER, name + ending);
    if (existsSync(file)) return templateFrom(file, root);
  }
  return undefined;
}

/** Reads the template of a file; `root` is the project, which it must not lead out of. */
export async function templateFrom(file: string, root: string): Promise<IngestTemplate> {
  const content = readText(file, root);
  if (content.text !== undefined) return readTemplate(file, content.text);
  const id = path.basename(file).replace(/\.ya?ml$/, '') as IngestTemplate['id'];
  const finding = { ...content.finding, subject: id };
  return { id, file, text: '', usesVersion: false, definition: undefined, findings: [finding] };
}
