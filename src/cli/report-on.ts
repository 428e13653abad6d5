import type { CommandContext } from './context.ts';
import { referenceScope } from './reference-scope.ts';

/** The page about what a command has just made. What is published stands, whatever becomes of its page. */
export async function reportOn(context: CommandContext, name: string): Promise<{ report?: string }> {
  try {
    const { writeReport } = await import('../reports/report.ts');
    return { report: (await writeReport(referenceScope(context), name, undefined, context)).path };
  } catch (error) {
    context.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    context.reporter.log('warning', `the report of ${name} could not be written: ${reason}`);
    return {};
  }
}
