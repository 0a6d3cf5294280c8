const utf8 = new TextEncoder();

/** Memory below this is not worth cutting to length. */
const SMALL = 1 << 16;

/** Bytes that grow at the end. */
export class ByteSink {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  /** @param buffer Memory to begin with, of any content. */
  constructor(capacity = 1024, buffer?: ArrayBuffer) {
    this.bytes = buffer ? new Uint8Array(buffer) : new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes and returns where they go. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, Math.ceil(this.bytes.length * 1.5)));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return this.length;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
    this.length = at + 1;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    this.length = at + bytes.length;
  }

  /** A string in UTF-8. */
  text(value: string): void {
    const { length } = value;
    let at = this.reserve(3 * length);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) {
        at += utf8.encodeInto(value.slice(i), bytes.subarray(at)).written;
        break;
      }
      bytes[at++] = unit;
    }
    this.length = at;
  }

  uint32(value: number): void {
    const at = this.reserve(4);
    this.bytes[at] = value;
    this.bytes[at + 1] = value >>> 8;
    this.bytes[at + 2] = value >>> 16;
    this.bytes[at + 3] = value >>> 24;
    this.length = at + 4;
  }

  /** Unsigned varint of up to 32 bits. */
  varint(value: number): void {
    value >>>= 0;
    while (value > 127) {
      this.byte((value & 127) | 128);
      value >>>= 7;
    }
    this.byte(value);
  }

  /** What was written, without a copy. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written, in a buffer not much longer; the sink is empty afterwards. */
  release(): Uint8Array<ArrayBuffer> {
    const roomy = this.bytes.length > SMALL && this.length * 1.5 < this.bytes.length;
    const bytes = roomy
      ? new Uint8Array(this.bytes.buffer.transferToFixedLength(this.length))
      : this.written();
    this.bytes = new Uint8Array(0);
    this.length = 0;
    return bytes;
  }
}
