import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { LifecycleError } from '../../../errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Members of a collection other than its features; they describe it and are small. */
const MAX_ENVELOPE_BYTES = 16 * 1024 * 1024;

/** What is around the features of a document. */
export interface Envelope {
  /** The document with an empty `features`, parsed. */
  document: Record<string, unknown>;
  /** Features found, one line each. */
  features: number;
  /** Bytes of the longest of them. */
  longest: number;
}

/**
 * Cuts a FeatureCollection into one feature a line, so that DuckDB can read it in parallel, without ever holding more
 * than a piece of it. Only the structure is looked at: strings, braces and brackets.
 *
 * @throws LifecycleError ING_BAD_FILE for a document that breaks off or is no JSON
 */
export async function cutFeatures(file: string, target: string): Promise<Envelope> {
  const out = createWriteStream(target, { highWaterMark: 4 << 20 });
  const cutter = new FeatureCutter();
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 << 20 })) {
      const piece = cutter.push(chunk as Buffer);
      if (piece.length > 0 && !out.write(piece)) await once(out, 'drain');
    }
    const envelope = cutter.end();
    out.end();
    await finished(out);
    return envelope;
  } finally {
    out.destroy();
  }
}

class FeatureCutter {
  /** Nesting of objects and arrays; 1 is inside the document, 2 inside its `features`. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inFeatures = false;
  #done = false;
  #features = 0;
  #longest = 0;
  /** Bytes of the feature at hand. */
  #length = 0;
  #envelope: Buffer[] = [];
  #envelopeBytes = 0;
  /** The last string read at depth 1: a member's name, once a colon and a bracket follow. */
  #key: number[] = [];
  #keyOf = false;

  /** Takes the next bytes of the document and gives the bytes of features that they complete or continue. */
  push(input: Buffer): Buffer {
    const output = Buffer.allocUnsafe(input.length * 2 + 2);
    let written = 0;
    let envelopeFrom = 0;
    let lineFrom = 0;
    for (let i = 0; i < input.length; i++) {
      const byte = input[i]!;
      if (this.#inString) {
        if (this.#inFeatures) output[written++] = byte;
        else if (this.#keyOf) this.#key.push(byte);
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#keyOf) this.#key.pop();
          this.#keyOf = false;
        }
        continue;
      }
      if (byte === QUOTE) {
        this.#inString = true;
        if (!this.#inFeatures && this.#depth === 1) {
          this.#keyOf = true;
          this.#key = [];
        }
        if (this.#inFeatures) output[written++] = byte;
        continue;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
        if (!this.#inFeatures && !this.#done && this.#depth === 2 && byte === OPEN_BRACKET && this.#keyIs('features')) {
          this.#inFeatures = true;
          this.#keep(input.subarray(envelopeFrom, i + 1));
          continue;
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#inFeatures && this.#depth === 1) {
          this.#inFeatures = false;
          this.#done = true;
          envelopeFrom = i;
          continue;
        }
      }
      if (!this.#inFeatures) continue;
      if (this.#depth === 2) {
        // Between features: the end of one, a comma, blanks.
        if (byte === CLOSE_BRACE) {
          output[written++] = byte;
          output[written++] = LINE_FEED;
          this.#features++;
          this.#length += written - lineFrom;
          if (this.#length > this.#longest) this.#longest = this.#length;
          this.#length = 0;
          lineFrom = written;
        } else if (byte !== 0x2c && byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== 0x09) {
          output[written++] = byte;
        }
      } else {
        // A line feed between tokens would end the line early.
        output[written++] = byte === LINE_FEED || byte === CARRIAGE_RETURN ? SPACE : byte;
      }
    }
    this.#length += written - lineFrom;
    if (!this.#inFeatures) this.#keep(input.subarray(envelopeFrom));
    return output.subarray(0, written);
  }

  end(): Envelope {
    const text = Buffer.concat(this.#envelope)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    if (text.trim() === '') throw broken('the file is empty', undefined);
    try {
      const document: unknown = JSON.parse(text);
      if (document === null || typeof document !== 'object' || Array.isArray(document)) {
        throw broken('the document is no object', undefined);
      }
      return { document: document as Record<string, unknown>, features: this.#features, longest: this.#longest };
    } catch (cause) {
      if (cause instanceof LifecycleError) throw cause;
      throw broken(this.#depth > 0 ? 'the document breaks off' : 'the document is no JSON', cause);
    }
  }

  #keyIs(name: string): boolean {
    return Buffer.from(this.#key).toString('utf8') === name;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#envelopeBytes += bytes.length;
    if (this.#envelopeBytes > MAX_ENVELOPE_BYTES) {
      throw broken(`more than ${MAX_ENVELOPE_BYTES} bytes stand outside \`features\``, undefined);
    }
    // The chunk's memory is used again.
    this.#envelope.push(Buffer.from(bytes));
  }
}

function broken(what: string, cause: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file cannot be read as GeoJSON: ${what}`, {
    cause,
    hint: 'look at what the source answers; a cut-off download is the usual reason',
  });
}
