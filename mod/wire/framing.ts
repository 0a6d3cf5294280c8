import { type ErrorCode, ServiceError } from "../common/errors.ts";

/** One whole JSON object as it came over the wire. */
export interface Frame {
  /** The object's own text, from its `{` to its `}`. */
  text: string;
  /** White space stands between its tokens, so it may span several lines. */
  spaced: boolean;
  /** Keys written in the object itself, repeated ones counted again. */
  keys: number;
  /** Keys written in the objects that are its values, repeated ones counted again. */
  innerKeys: number;
}

/** What a byte outside a string can be to the scanner. */
const OTHER = 0, SPACE = 1, QUOTE = 2, OPEN = 3, CLOSE = 4, COLON = 5, ILLEGAL = 6;

const KIND = new Uint8Array(256).fill(ILLEGAL);
KIND.fill(OTHER, 0x20, 0x7f);
for (const character of " \t\r\n") KIND[character.charCodeAt(0)] = SPACE;
for (const character of "{[") KIND[character.charCodeAt(0)] = OPEN;
for (const character of "}]") KIND[character.charCodeAt(0)] = CLOSE;
KIND[0x22] = QUOTE;
KIND[0x3a] = COLON;

const BRACE = 0x7b, BACKSLASH = 0x5c, DOUBLE_QUOTE = 0x22;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Objects up to this length are decoded as single characters where all are ASCII. */
const SHORT_BYTES = 256;
/** A held-over buffer larger than this is given back once its object is complete. */
const KEPT_BYTES = 16 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Cuts a stream of bytes into top-level JSON objects, however the bytes were segmented. Each byte is
 * looked at once. What stands between objects may be white space only; a byte order mark is accepted
 * at the start of the stream.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Framer } from "./framing.ts";
 *
 * const framer = new Framer(1024);
 * framer.feed(new TextEncoder().encode('{"a":1} {"b"'));
 * assertEquals(framer.next()?.text, '{"a":1}');
 * assertEquals(framer.next(), null);
 * framer.feed(new TextEncoder().encode(":2}"));
 * assertEquals(framer.next()?.text, '{"b":2}');
 * ```
 */
export class Framer {
  readonly #maxBytes: number;
  /** The bracket that opened each level of nesting. */
  readonly #brackets: Uint8Array;

  #chunk = new Uint8Array(0);
  /** Next byte of the chunk to look at, and where the part of the object in it starts. */
  #at = 0;
  #start = 0;
  /** Bytes of an object that began in an earlier chunk. */
  #held = new Uint8Array(0);
  #heldLength = 0;

  #depth = 0;
  #inString = false;
  #escaped = false;
  #spaced = false;
  #keys = 0;
  #innerKeys = 0;
  /** Bytes of the byte order mark seen; -1 once something else has come. */
  #mark = 0;
  #broken = false;

  /** @param maxBytes longest object accepted; @param maxDepth deepest nesting accepted */
  constructor(maxBytes: number, maxDepth = 128) {
    this.#maxBytes = maxBytes;
    this.#brackets = new Uint8Array(maxDepth);
  }

  /** After an error: nobody can tell where the next object starts, so nothing more can be read. */
  get broken(): boolean {
    return this.#broken;
  }

  /** An object has begun and is not complete. */
  get inside(): boolean {
    return this.#depth > 0;
  }

  /** Bytes kept of an object that is not complete. */
  get held(): number {
    return this.#heldLength;
  }

  /** Hands over the next bytes; they are looked at until {@linkcode Framer.next} gives null. */
  feed(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunk = chunk;
    this.#at = this.#start = 0;
  }

  /**
   * The next complete object, or null when more bytes are needed.
   *
   * @throws {ServiceError} `BAD_JSON` or `TOO_LARGE`. Only when {@linkcode Framer.broken} is false
   * afterwards (an object that is complete, but not UTF-8) can reading go on.
   */
  next(): Frame | null {
    if (this.#broken) return null;
    if (this.#depth === 0 && !this.#findStart()) return null;
    return this.#scan() ? this.#take() : this.#hold();
  }

  /** @throws {ServiceError} `BAD_JSON` when the stream must not end here. */
  end(): void {
    if (this.#broken || (this.#depth === 0 && this.#mark <= 0)) return;
    const inside = this.#depth > 0 ? "JSON object" : "byte order mark";
    throw this.stop("BAD_JSON", `the input ended inside a ${inside}`);
  }

  /** Gives up reading and what is kept. @return the error that tells why */
  stop(code: ErrorCode, message: string): ServiceError {
    this.#broken = true;
    this.#held = new Uint8Array(0);
    this.#heldLength = 0;
    return new ServiceError(code, message);
  }

  /** Skips to the `{` of the next object; false when the chunk has none. */
  #findStart(): boolean {
    const chunk = this.#chunk;
    for (; this.#at < chunk.length; this.#at++) {
      const byte = chunk[this.#at]!;
      if (byte === BRACE && this.#mark <= 0) {
        this.#start = this.#at++;
        this.#brackets[0] = BRACE;
        this.#depth = 1;
        this.#mark = -1;
        this.#keys = this.#innerKeys = 0;
        this.#spaced = false;
        return true;
      }
      if (this.#mark >= 0 && byte === BYTE_ORDER_MARK[this.#mark]) {
        this.#mark = this.#mark === 2 ? -1 : this.#mark + 1;
      } else if (KIND[byte] === SPACE && this.#mark <= 0) {
        this.#mark = -1;
      } else {
        throw this.stop(
          "BAD_JSON",
          `a request is a JSON object in UTF-8 and starts with "{", but ${shown(byte)} came`,
        );
      }
    }
    return false;
  }

  /**
   * Looks at bytes up to the end of the object (true) or of the chunk (false), and at none that would
   * make the object too long.
   */
  #scan(): boolean {
    const chunk = this.#chunk, brackets = this.#brackets;
    const end = Math.min(chunk.length, this.#start + this.#maxBytes - this.#heldLength);
    let at = this.#at, depth = this.#depth, inString = this.#inString;
    while (at < end) {
      let byte = chunk[at++]!;
      if (inString) {
        if (this.#escaped) {
          this.#escaped = false;
          continue;
        }
        while (byte >= 0x20 && byte !== DOUBLE_QUOTE && byte !== BACKSLASH && at < end) {
          byte = chunk[at++]!;
        }
        if (byte === DOUBLE_QUOTE) inString = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte < 0x20) {
          throw this.stop(
            "BAD_JSON",
            `${shown(byte)} stands inside a string: a quote is missing, or it must be escaped`,
          );
        }
        continue;
      }
      const kind = KIND[byte]!;
      if (kind === OTHER) continue;
      if (kind === QUOTE) inString = true;
      else if (kind === COLON) {
        if (depth === 1) this.#keys++;
        else if (depth === 2) this.#innerKeys++;
      } else if (kind === OPEN) {
        if (depth === brackets.length) {
          throw this.stop("BAD_JSON", `the request is nested deeper than ${depth} levels`);
        }
        brackets[depth++] = byte;
      } else if (kind === CLOSE) {
        // In ASCII each closing bracket is its opening one plus two.
        if (brackets[depth - 1] !== byte - 2) {
          throw this.stop("BAD_JSON", `${shown(byte)} closes a bracket of the other kind`);
        }
        if (--depth === 0) {
          this.#at = at;
          this.#depth = 0;
          this.#inString = false;
          return true;
        }
      } else if (kind === SPACE) this.#spaced = true;
      else throw this.stop("BAD_JSON", `${shown(byte)} can't stand outside a string in JSON`);
    }
    if (end < chunk.length) {
      throw this.stop(
        "TOO_LARGE",
        `the request is longer than ${this.#maxBytes} bytes: send less, or have the limit raised`,
      );
    }
    this.#at = at;
    this.#depth = depth;
    this.#inString = inString;
    return false;
  }

  /** The complete object that ends before `#at`. */
  #take(): Frame {
    let bytes = this.#chunk.subarray(this.#start, this.#at);
    if (this.#heldLength > 0) {
      this.#append(bytes);
      bytes = this.#held.subarray(0, this.#heldLength);
      this.#heldLength = 0;
      if (this.#held.length > KEPT_BYTES) this.#held = new Uint8Array(0);
    }
    return {
      text: textOf(bytes),
      spaced: this.#spaced,
      keys: this.#keys,
      innerKeys: this.#innerKeys,
    };
  }

  /** Keeps the chunk's part of an object for the next chunk. */
  #hold(): null {
    this.#append(this.#chunk.subarray(this.#start));
    this.#start = this.#at = this.#chunk.length;
    return null;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#heldLength + bytes.length;
    if (length > this.#held.length) {
      const doubled = Math.min(Math.max(this.#held.length * 2, 1024), this.#maxBytes);
      const larger = new Uint8Array(Math.max(length, doubled));
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = length;
  }
}

/** @throws {ServiceError} `BAD_JSON` when the bytes are not UTF-8. */
function textOf(bytes: Uint8Array): string {
  // For a few characters a decoder takes longer to set up than to decode.
  if (bytes.length <= SHORT_BYTES && bytes.every((byte) => byte < 0x80)) {
    return String.fromCharCode(...bytes);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ServiceError("BAD_JSON", "the request is not valid UTF-8");
  }
}

/** A byte as a reader of an error message knows it. */
function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? JSON.stringify(String.fromCharCode(byte))
    : `the byte 0x${byte.toString(16).padStart(2, "0")}`;
}

/** A frame of text that is at hand: what {@linkcode Framer} would give for these bytes. */
export function frameOf(text: string): Frame {
  const bytes = new TextEncoder().encode(text);
  const framer = new Framer(bytes.length);
  framer.feed(bytes);
  const frame = framer.next();
  if (frame === null) throw new ServiceError("BAD_JSON", "the text is not one JSON object");
  return frame;
}
