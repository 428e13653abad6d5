/** The thread of `ManyRecords`. */
import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import { ingestRecordIn } from '../store/ingest-record.ts';
import { RECORD_FILE } from '../store/layout.ts';
import { indexedRecord } from './indexed-record.ts';
import type { ManyAsked, ManyFound } from './many-records.ts';
import type { KnownVersion, LookedAt } from './record-index.ts';

/** Nearly all records are smaller; a larger one is read by itself. */
const buffer = Buffer.alloc(64 * 1024);

/** What is out of the ordinary is left to a reader who can tell what it is. */
function lookedAt(dir: string, [version, knownMs]: KnownVersion): LookedAt {
  const versionDir = path.join(dir, version);
  const file = path.join(versionDir, RECORD_FILE);
  try {
    if (knownMs !== null && statSync(file).mtimeMs === knownMs) return 'as before';
    // A link is refused, and its record is not the store's.
    if (!lstatSync(versionDir).isDirectory()) return 'look closer';
    const handle = openSync(file, 'r');
    try {
      const { mtimeMs } = fstatSync(handle);
      const length = readSync(handle, buffer, 0, buffer.length, 0);
      if (length === buffer.length) return 'look closer';
      const record = ingestRecordIn(buffer.toString('utf8', 0, length), { template: path.basename(dir), version });
      return record ? [mtimeMs, indexedRecord(record)] : 'look closer';
    } finally {
      closeSync(handle);
    }
  } catch {
    return 'look closer';
  }
}

parentPort!.on('message', ({ number, dir, versions }: ManyAsked) => {
  const isLink = lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink() ?? true;
  const found = versions.map((version) => (isLink ? 'look closer' : lookedAt(dir, version)));
  parentPort!.postMessage({ number, found: JSON.stringify(found) } satisfies ManyFound);
});
