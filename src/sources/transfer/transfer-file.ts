import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Fetched, SourceContext } from '../source.ts';
import { type DeclaredChecksum, RunningChecksums } from './checksum.ts';
import { checkContent } from './content.ts';
import type { TransferPolicy } from './policy.ts';
import { AttemptFailure, withRetries } from './retry.ts';
import { totalTimeUp } from './trouble.ts';
import { writing } from './writing.ts';

/** How far earlier attempts have come. */
export interface Progress {
  bytes: number;
  /** What proved the content to be what it was; without it, an attempt begins at the start. */
  validator: string | undefined;
}

/** One attempt under way. */
export interface Opened {
  /** Where its chunks begin: `progress.bytes`, or 0 to start over. */
  from: number;
  /** Names the content, so that a later part can be known to belong to it; absent when that cannot be known. */
  validator: string | undefined;
  /** Size of the whole file, where it is known. */
  total: number | undefined;
  checksums: readonly DeclaredChecksum[];
  /** Throws AttemptFailure. */
  chunks: AsyncIterable<Buffer>;
  /** For the record. */
  facts: Record<string, unknown>;
}

interface FileTransfer {
  destination: string;
  filename: string;
  /** Where it comes from, fit to be shown. */
  shown: string;
  policy: TransferPolicy;
  /** One attempt, from where the earlier ones have come to; throws AttemptFailure. */
  open(progress: Progress, signal: AbortSignal): Promise<Opened>;
}

/** The signal of a whole transfer: the caller's, and the total time. */
export function transferSignal(context: SourceContext, policy: TransferPolicy): AbortSignal {
  return AbortSignal.any([context.signal, AbortSignal.timeout(policy.totalMs)]);
}

/**
 * Brings one file: retried with back-off, resumed where the source allows it, checked against checksums and kind. It
 * has its name only once it is whole; until then, and after a failure, there is no such file.
 * @throws LifecycleError SRC_*, STO_WRITE_FAILED
 */
export async function transferFile(transfer: FileTransfer, context: SourceContext): Promise<Fetched> {
  const { destination, filename, shown, policy } = transfer;
  const signal = transferSignal(context, policy);
  const file = path.join(destination, filename);
  const beside = `${file}.part`;
  const handle = await writing(() => open(beside, 'w'));
  let progress: Progress = { bytes: 0, validator: undefined };
  let checksums = new RunningChecksums([]);
  let resumed = 0;
  let attempts = 0;

  const receive = async (): Promise<Opened> => {
    const known = progress.validator === undefined ? { bytes: 0, validator: undefined } : progress;
    const opened = await transfer.open(known, signal);
    if (opened.from === 0) {
      checksums = new RunningChecksums(opened.checksums);
      await writing(() => handle.truncate(0));
    } else {
      resumed++;
      context.reporter.log('info', `${filename}: resumed`, { from: opened.from });
    }
    progress = { bytes: opened.from, validator: opened.validator };
    for await (const chunk of opened.chunks) {
      await writing(() => writeAll(handle, chunk, progress.bytes));
      checksums.update(chunk);
      progress.bytes += chunk.length;
      context.reporter.progress(filename, progress.bytes, opened.total);
    }
    return opened;
  };

  const attempt = async (number: number): Promise<Opened> => {
    attempts = number;
    const { bytes } = progress;
    try {
      return await receive();
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      if (signal.aborted) throw totalTimeUp(shown, policy);
      if (!(error instanceof AttemptFailure)) throw error;
      const advanced = progress.validator !== undefined && progress.bytes > bytes;
      throw new AttemptFailure(error.error, { passing: error.passing, retryAfterMs: error.retryAfterMs, advanced });
    }
  };

  try {
    const { facts } = await withRetries(filename, { ...context, policy }, attempt);
    const sha256 = checksums.verify(shown);
    await handle.close();
    await checkContent(beside, filename, shown, context.format);
    await writing(() => rename(beside, file));
    const effort = { ...(attempts > 1 ? { attempts } : {}), ...(resumed > 0 ? { resumed } : {}) };
    return { path: file, filename, facts: { ...facts, bytes: progress.bytes, sha256, ...effort } };
  } catch (error) {
    await handle.close();
    await rm(beside, { force: true });
    throw error;
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}
