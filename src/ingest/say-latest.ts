import type { TemplateId, Version } from '../ids.ts';
import type { Reporter } from '../report.ts';
import { describeLatest } from '../store/describe-latest.ts';
import type { LatestMove } from '../store/latest.ts';

/** Says on one line what became of the `latest` pointer that a version was offered to. */
export function sayLatest(reporter: Reporter, id: TemplateId, version: Version, move: LatestMove | undefined): void {
  const line = move && describeLatest(id, move, version);
  if (line !== undefined) reporter.log('info', line);
}
