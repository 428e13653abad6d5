import path from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../error-codes.ts';
import { type Finding, formatPlace } from '../errors.ts';
import { loadProject } from '../project/load.ts';
import { escapeControls, formatSeconds } from '../report.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  program
    .command('check')
    .description('read every template, product and recipe and list all that is wrong; exit 1 if there is an error')
    .action(run(check));
}

async function check(context: CommandContext): Promise<ExitCode> {
  const start = performance.now();
  const project = await loadProject(context.settings.projectDir);
  const findings = [...project.findings].sort(byPlace);
  const milliseconds = performance.now() - start;
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const warnings = findings.length - errors;
  if (context.json) {
    const document = {
      project: project.dir,
      templates: project.templates.length,
      products: project.products.length,
      errors,
      warnings,
      seconds: Math.round(milliseconds) / 1000,
      findings,
    };
    context.print(JSON.stringify(document, null, 2));
  } else {
    for (const finding of findings) context.print(formatFinding(finding, context.cwd));
    const read = `${counted(project.templates.length, 'template')} and ${counted(project.products.length, 'product')}`;
    const found =
      errors + warnings === 0 ? 'all clean' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
    context.print(`${read} read in ${formatSeconds(milliseconds)}: ${found}`);
  }
  return errors > 0 ? EXIT.failed : EXIT.done;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a.place, b.place];
  if (!left || !right) return Number(left !== undefined) - Number(right !== undefined);
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

/** `file:line:column: error CODE: message`, and what to do on a line of its own; editors make the first a link. */
function formatFinding(finding: Finding, cwd: string): string {
  const place = finding.place && { ...finding.place, file: shorter(finding.place.file, cwd) };
  const head = place ? `${formatPlace(place)}: ` : '';
  const hint = finding.hint === undefined ? '' : `\n  hint: ${finding.hint}`;
  return escapeControls(`${head}${finding.severity} ${finding.code}: ${finding.message}${hint}`);
}

function shorter(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative !== '' && relative.length < file.length ? relative : file;
}
