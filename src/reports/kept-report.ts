import { statSync } from 'node:fs';
import path from 'node:path';
import { RECORD_FILE } from '../store/layout.ts';

/**
 * The report in its place, if it is about what stands: one that is older than the record was written about a version or a
 * build that has been replaced, or released, since.
 *
 * @param file its place (layout.reports)
 * @param dir of the version or partition
 */
export function keptReport(file: string, dir: string): string | undefined {
  const [report, record] = [file, path.join(dir, RECORD_FILE)].map((each) => statSync(each, { throwIfNoEntry: false }));
  return report && record && report.mtimeMs >= record.mtimeMs ? file : undefined;
}
