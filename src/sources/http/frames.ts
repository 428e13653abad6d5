import { encodingTrouble } from './coding.ts';

/** Unsigned frames look like any text; so far is looked for the next one before they are believed. */
const LOOK_AHEAD_BYTES = 4 * 2 ** 20;
const HEAD = /^([0-9a-f]{1,8})(;chunk-signature=[0-9a-f]{64})?\r\n/i;
/** A head with its signature is shorter than this. */
const LONGEST_HEAD = 120;

/**
 * Takes out the frames of aws-chunked where a store has kept them (`HEX[;chunk-signature=…]\r\n` before and `\r\n`
 * behind every part, an empty part and checksums at the end), and passes on what has none.
 * @throws AttemptFailure
 */
export async function* withoutFrames(chunks: AsyncIterable<Buffer>, host: string): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  let ended = false;
  let held: Buffer = Buffer.alloc(0);
  const hold = async (length: number) => {
    if (held.length >= length) return;
    const parts = [held];
    for (let bytes = held.length; bytes < length && !ended; ) {
      const next = await iterator.next();
      if (next.done) ended = true;
      else {
        parts.push(next.value);
        bytes += next.value.length;
      }
    }
    held = Buffer.concat(parts);
  };
  try {
    await hold(LONGEST_HEAD);
    if (!(await isFramed(hold, () => held))) {
      yield held;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
      return;
    }
    for (;;) {
      await hold(LONGEST_HEAD);
      const head = headOf(held);
      if (!head) throw encodingTrouble(host, 'the frames of its aws-chunked body are broken');
      // Behind the empty part stand checksums.
      if (head.size === 0) return;
      held = held.subarray(head.length);
      for (let left = head.size; left > 0; ) {
        await hold(1);
        if (held.length === 0) throw encodingTrouble(host, 'its aws-chunked body ends within a frame');
        const part = held.subarray(0, left);
        yield part;
        left -= part.length;
        held = held.subarray(part.length);
      }
      await hold(2);
      held = held.subarray(2);
    }
  } finally {
    await iterator.return?.();
  }
}

async function isFramed(hold: (length: number) => Promise<void>, held: () => Buffer): Promise<boolean> {
  const head = headOf(held());
  if (!head || head.signed) return head !== undefined;
  const end = head.length + head.size;
  if (end > LOOK_AHEAD_BYTES) return false;
  await hold(end + LONGEST_HEAD);
  const behind = held().subarray(end);
  return head.size === 0 ? held().length > head.length : behind.indexOf('\r\n') === 0 && !!headOf(behind.subarray(2));
}

function headOf(bytes: Buffer): { size: number; length: number; signed: boolean } | undefined {
  const match = HEAD.exec(bytes.toString('latin1', 0, LONGEST_HEAD));
  if (!match) return undefined;
  return { size: Number.parseInt(match[1]!, 16), length: match[0].length, signed: match[2] !== undefined };
}
