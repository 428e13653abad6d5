import { open } from 'node:fs/promises';
import { LifecycleError } from '../../../errors.ts';
import { readPieces } from '../../../store/files.ts';
import { beyondLimit, DEFAULT_READ_LIMITS, type ReadLimits } from '../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const LINE_END = Buffer.from('\n');
const NOTHING: Buffer = Buffer.alloc(0);

const isBlank = (byte: number) => byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;

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
 * @param trustLines takes each line of the list that looks like a feature for one, as most programs write them, which is
 * many times faster. Where that is wrong, a line of the result is no JSON, and the reader has to ask again without.
 * @throws LifecycleError ING_BAD_FILE for a document that breaks off or is no JSON
 */
export async function cutFeatures(
  file: string,
  target: string,
  trustLines = false,
  bounds: ReadLimits = DEFAULT_READ_LIMITS,
): Promise<Envelope> {
  const cutter = new FeatureCutter(trustLines, bounds);
  const out = await open(target, 'w');
  try {
    for await (const piece of readPieces(file)) await out.writeFile(cutter.push(piece));
    await out.writeFile(cutter.flush());
  } finally {
    await out.close();
  }
  return cutter.end();
}

class FeatureCutter {
  /** Nesting of objects and arrays; 1 is inside the document, 2 inside its `features`. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inFeatures = false;
  #done = false;
  /** Whether another list of features follows. */
  #again = false;
  #features = 0;
  #longest = 0;
  /** Bytes of the feature at hand. */
  #length = 0;
  #envelope: Buffer[] = [];
  #envelopeBytes = 0;
  /** The last string read at depth 1: a member's name, once a colon and a bracket follow. */
  #key: number[] = [];
  #keyOf = false;
  /** Whether the lines of the list have all looked like features so far. */
  #byLines: boolean;
  /** The beginning of a line that the end of a piece cut, while reading by lines. */
  #cutLine: Buffer = NOTHING;

  readonly #bounds: ReadLimits;

  constructor(trustLines: boolean, bounds: ReadLimits) {
    this.#byLines = trustLines;
    this.#bounds = bounds;
  }

  #tooDeep(): LifecycleError {
    const where = this.#inFeatures ? `feature ${this.#features + 1} of the file` : 'the GeoJSON document';
    return beyondLimit(this.#bounds, 'nesting', `${where} has lists and objects within each other, more than`, 'deep');
  }

  /**
   * Takes the next bytes of the document and gives the lines of features that they complete or continue. Line ends
   * inside a feature, and commas after one, are overwritten in `piece`.
   */
  push(piece: Buffer): Buffer {
    const input = this.#cutLine.length > 0 ? Buffer.concat([this.#cutLine, piece]) : piece;
    this.#cutLine = NOTHING;
    const lines: Buffer[] = [];
    for (let at = 0; at < input.length; ) {
      if (!this.#inFeatures) at = this.#skip(input, at);
      else if (this.#byLines) at = this.#takeLines(input, at, lines);
      else at = this.#cut(input, at, lines);
    }
    return lines.length === 1 ? lines[0]! : Buffer.concat(lines);
  }

  /** What is left when the document has ended without a line end. */
  flush(): Buffer {
    this.#byLines = false;
    return this.push(NOTHING);
  }

  /** Inside the features, at the start of a line: takes lines as they are, up to one that does not look like a feature. */
  #takeLines(input: Buffer, from: number, lines: Buffer[]): number {
    let at = from;
    while (this.#byLines) {
      const lineFeed = input.indexOf(LINE_FEED, at);
      if (lineFeed < 0) {
        this.#cutLine = Buffer.from(input.subarray(at));
        lines.push(input.subarray(from, at));
        return input.length;
      }
      let start = at;
      while (isBlank(input[start]!)) start++;
      let end = lineFeed - 1;
      while (end > start && isBlank(input[end]!)) end--;
      const comma = input[end] === COMMA ? end : undefined;
      if (comma !== undefined)
        do end--;
        while (end > start && isBlank(input[end]!));
      if (start < end && input[start] === OPEN_BRACE && input[end] === CLOSE_BRACE) {
        if (comma !== undefined) input[comma] = SPACE;
        this.#features++;
        this.#longest = Math.max(this.#longest, lineFeed + 1 - at);
      } else if (start < lineFeed) {
        this.#byLines = false;
        break;
      }
      at = lineFeed + 1;
    }
    lines.push(input.subarray(from, at));
    return at;
  }

  /** Outside the features: keeps the bytes, and looks for the bracket that opens the list of features. */
  #skip(input: Buffer, from: number): number {
    for (let i = from; i < input.length; i++) {
      const byte = input[i]!;
      if (this.#inString) {
        if (this.#keyOf) this.#key.push(byte);
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#keyOf) this.#key.pop();
          this.#keyOf = false;
        }
      } else if (byte === QUOTE) {
        this.#inString = true;
        this.#keyOf = this.#depth === 1;
        if (this.#keyOf) this.#key = [];
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (++this.#depth > this.#bounds.nesting) throw this.#tooDeep();
        const isList = this.#depth === 2 && byte === OPEN_BRACKET && this.#keyIs('features');
        this.#again ||= isList && this.#done;
        if (isList && !this.#done) {
          this.#inFeatures = true;
          this.#keep(input.subarray(from, i + 1));
          return i + 1;
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--;
    }
    this.#keep(input.subarray(from));
    return input.length;
  }

  /** Inside the features: one line each. State is kept in local variables, since this runs for every byte. */
  #cut(input: Buffer, from: number, lines: Buffer[]): number {
    const { length } = input;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    // A feature that began in an earlier piece goes on from the first byte.
    let start = depth > 2 || inString || this.#length > 0 ? from : -1;
    let i = from;
    for (; i < length; i++) {
      const byte = input[i]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        if (start < 0) start = i;
        inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (start < 0) start = i;
        if (++depth - 2 > this.#bounds.nesting) throw this.#tooDeep();
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--;
        if (depth === 2) {
          this.#endLine(input.subarray(start, i + 1), lines);
          start = -1;
        } else if (depth === 1) {
          if (start >= 0) this.#endLine(input.subarray(start, i), lines);
          start = -1;
          break;
        }
      } else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        // Between tokens it is only a blank, and as itself it would end the line early.
        input[i] = SPACE;
      } else if (byte === COMMA && depth === 2 && start >= 0) {
        // What is no object has no bracket that ends it: a null in place of a feature.
        this.#endLine(input.subarray(start, i), lines);
        start = -1;
      } else if (start < 0 && byte !== COMMA && byte !== SPACE && byte !== TAB) start = i;
    }
    if (start >= 0) this.#continueLine(input.subarray(start, i), lines);
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    if (i === length) return length;
    this.#inFeatures = false;
    this.#done = true;
    this.#keep(input.subarray(i, i + 1));
    return i + 1;
  }

  #continueLine(part: Buffer, lines: Buffer[]): void {
    this.#length += part.length;
    lines.push(part);
  }

  #endLine(part: Buffer, lines: Buffer[]): void {
    this.#continueLine(part, lines);
    lines.push(LINE_END);
    this.#features++;
    this.#longest = Math.max(this.#longest, this.#length + 1);
    this.#length = 0;
  }

  end(): Envelope {
    const text = Buffer.concat(this.#envelope)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    if (text.trim() === '') throw broken('the file is empty', LOOK);
    try {
      const document: unknown = JSON.parse(text);
      if (document === null || typeof document !== 'object' || Array.isArray(document)) {
        throw broken('the document is no object', LOOK);
      }
      if (this.#again) throw broken('it has two lists of `features`', 'put the file right at its source');
      return { document: document as Record<string, unknown>, features: this.#features, longest: this.#longest };
    } catch (cause) {
      if (cause instanceof LifecycleError) throw cause;
      throw this.#depth > 0
        ? broken('the document breaks off', 'fetch it again, and compare its size with that at its source', cause)
        : broken('the document is no JSON', 'put the file right at its source', cause);
    }
  }

  #keyIs(name: string): boolean {
    return Buffer.from(this.#key).toString('utf8') === name;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#envelopeBytes += bytes.length;
    if (this.#envelopeBytes > MAX_ENVELOPE_BYTES) {
      throw broken(`more than ${MAX_ENVELOPE_BYTES} bytes stand outside \`features\``, LOOK);
    }
    // The chunk's memory is used again.
    this.#envelope.push(Buffer.from(bytes));
  }
}

const LOOK = 'look at what the source answers';

function broken(what: string, hint: string, cause?: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file cannot be read as GeoJSON: ${what}`, { cause, hint });
}
