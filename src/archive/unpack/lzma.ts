import { LzmaDecoder } from './lzma-decoder.ts';
import { PackedInput } from './packed-input.ts';

/** Unpacked at once. */
const PIECE = 2 ** 18;
const INPUT = 2 ** 16;
/** What the range coder reads before the first code. */
const START_BYTES = 5;

/**
 * LZMA as zip archives hold it (method 14): a version, the size of its properties, and these.
 *
 * @param size of the contents, where they may have no mark at their end
 */
export async function* unlzma(packed: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  const input = new PackedInput(packed);
  try {
    const head = Buffer.from(await input.take(4));
    if (head.readUInt16LE(2) !== 5) throw new Error('its properties are impossible');
    const properties = Buffer.from(await input.take(5));
    const decoder = new LzmaDecoder(properties.readUInt32LE(1));
    decoder.setProperties(properties[0]!);
    if (!(await input.has(START_BYTES))) throw new Error('it is cut off');
    decoder.start(input.bytes, input.position);
    for (let done = 0; done < size && !decoder.hasEnded; ) {
      input.position = decoder.position;
      const goesOn = await input.has(INPUT);
      decoder.resume(input.bytes, input.position);
      done += decoder.unpack(Math.min(PIECE, size - done), goesOn);
      yield decoder.take();
    }
  } finally {
    await input.close();
  }
}
