import { assert, assertEquals, assertThrows } from "@std/assert";
import { decompressLz4Raw } from "hyparquet-compressors/src/lz4.js";
import { snappyUncompress } from "hyparquet/src/snappy.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { ByteWriter } from "../../mod/parquet/format/hyparquet.ts";
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { ByteSink } from "../../mod/parquet/io/byte_sink.ts";
import { decodeDelta32, decodeDelta64 } from "../../mod/parquet/encodings/delta.ts";
import { decodeBits, decodeHybrid } from "../../mod/parquet/encodings/hybrid.ts";
import { encodeHybrid } from "../../mod/parquet/encodings/hybrid_encode.ts";
import { lz4Decode, lz4HadoopDecode } from "../../mod/parquet/encodings/lz4_decode.ts";
import { Malformed } from "../../mod/parquet/io/errors.ts";
import { snappyDecode } from "../../mod/parquet/encodings/snappy_decode.ts";
import { snappyEncode } from "../../mod/parquet/encodings/snappy_encode.ts";
import type { Span } from "../../mod/parquet/io/span.ts";
import { randomNumbers } from "../support/parquet/files.ts";

function spanOf(bytes: Uint8Array): Span {
  return { bytes, at: 0, end: bytes.length };
}

/** Bytes of every kind: random, repeated, runs, numbers that grow, all lengths around the limits. */
function samples(): Uint8Array[] {
  const random = randomNumbers(17);
  const found: Uint8Array[] = [];
  for (
    const length of [
      0,
      1,
      3,
      4,
      5,
      15,
      16,
      60,
      61,
      64,
      68,
      256,
      257,
      4096,
      65535,
      65536,
      65537,
      200_000,
    ]
  ) {
    found.push(new Uint8Array(length));
    found.push(Uint8Array.from({ length }, () => random() * 256));
    found.push(Uint8Array.from({ length }, () => random() * 3));
    found.push(Uint8Array.from({ length }, (_, at) => (at >> 3) * (1 + at % 8)));
    const words = new Float64Array(Math.ceil(length / 8)).map((_, k) => Math.floor(k / 5) * 1.5);
    found.push(new Uint8Array(words.buffer).slice(0, length));
    // Numbers that share their last bytes with the one before, some of them more or fewer than others.
    for (const step of [1, 1000 / 2 ** 20, 2 ** -9]) {
      const rising = new Float64Array(Math.ceil(length / 8) + 1).map((_, k) =>
        random() < 0.01 ? random() : (k + 70_000) * step
      );
      found.push(new Uint8Array(rising.buffer).slice(length % 7, length % 7 + length));
    }
  }
  return found;
}

Deno.test("Snappy blocks are exchanged with another program in both directions", () => {
  for (const input of samples()) {
    const packed = snappyEncode(input).slice();
    const theirs = new Uint8Array(input.length);
    if (input.length) snappyUncompress(packed, theirs);
    assertEquals(theirs, input);
    for (const source of [packed, snappyCompress(input)]) {
      const mine = new Uint8Array(input.length + 9);
      snappyDecode(spanOf(source), mine, input.length);
      assertEquals(mine.subarray(0, input.length), input);
      assert(mine.subarray(input.length).every((byte) => byte === 0));
      assertThrows(() => snappyDecode(spanOf(source), mine, input.length + 1), Malformed);
      if (source.length > 1) {
        const cut = { bytes: source, at: 0, end: source.length - 1 };
        assertThrows(() => snappyDecode(cut, mine, input.length), Malformed);
      }
    }
  }
});

Deno.test("Snappy compresses repeated and similar numbers", () => {
  const shareOf = (make: (k: number) => number) => {
    const values = Float64Array.from({ length: 30_000 }, (_, k) => make(k));
    return snappyEncode(new Uint8Array(values.buffer)).length / values.byteLength;
  };
  const random = randomNumbers(18);
  const cycle = Array.from({ length: 100 }, () => Math.floor(random() * 1e6));
  assert(shareOf((k) => cycle[k % 100]!) < 0.06);
  assert(shareOf((k) => k % 10) < 0.06);
  assert(shareOf(() => 0.1) < 0.06);
  assert(shareOf((k) => k * 1000 / 2 ** 20) < 0.65);
  assert(shareOf((k) => k) < 0.54);
});

Deno.test("Snappy copies with a 4-byte offset and long literals are read", () => {
  const output = new Uint8Array(10);
  // "abcd", then 4 bytes from 4 back, with a 4-byte offset.
  const copy = Uint8Array.of(8, 3 << 2, 97, 98, 99, 100, (3 << 2) | 3, 4, 0, 0, 0);
  snappyDecode(spanOf(copy), output, 8);
  assertEquals(new TextDecoder().decode(output.subarray(0, 8)), "abcdabcd");
  const literal = Uint8Array.of(2, 63 << 2, 1, 0, 0, 0, 120, 121);
  snappyDecode(spanOf(literal), output, 2);
  assertEquals(output.slice(0, 2), Uint8Array.of(120, 121));
  assertThrows(
    () =>
      snappyDecode(spanOf(Uint8Array.of(8, 3 << 2, 97, 98, 99, 100, 15, 5, 0, 0, 0)), output, 8),
    Malformed,
  );
});

Deno.test("LZ4 blocks are read as others read them, and damaged ones are refused", () => {
  // "abc" and a match of 9 bytes 3 back, then the literal "z".
  const block = Uint8Array.of(0x35, 97, 98, 99, 3, 0, 0x10, 122);
  const output = new Uint8Array(13);
  lz4Decode(spanOf(block), output, 13);
  assertEquals(new TextDecoder().decode(output), "abcabcabcabcz");
  assertEquals(output, decompressLz4Raw(block, 13));
  for (const length of [12, 14]) {
    assertThrows(() => lz4Decode(spanOf(block), new Uint8Array(20), length), Malformed);
  }
  for (let end = 0; end < block.length; end++) {
    assertThrows(() => lz4Decode({ bytes: block, at: 0, end }, output, 13), Malformed);
  }
  const far = Uint8Array.of(0x35, 97, 98, 99, 4, 0, 0x10, 122);
  assertThrows(() => lz4Decode(spanOf(far), output, 13), Malformed);
});

Deno.test("Hadoop's LZ4 is read, as frames with lengths or as one raw block", () => {
  const block = Uint8Array.of(0x35, 97, 98, 99, 3, 0, 0x10, 122);
  const frame = Uint8Array.of(0, 0, 0, 13, 0, 0, 0, block.length, ...block);
  const empty = new Uint8Array(8);
  for (
    const [packed, times] of [
      [[block], 1],
      [[frame], 1],
      [[frame, frame], 2],
      [[frame, empty, frame, frame], 3],
    ] as const
  ) {
    const bytes = Uint8Array.from(packed.flatMap((part) => [...part]));
    const output = new Uint8Array(13 * times);
    lz4HadoopDecode(spanOf(bytes), output, output.length);
    assertEquals(new TextDecoder().decode(output), "abcabcabcabcz".repeat(times));
    for (const length of [13 * times - 1, 13 * times + 1]) {
      const other = new Uint8Array(13 * times + 1);
      assertThrows(() => lz4HadoopDecode(spanOf(bytes), other, length), Malformed);
    }
    const cut = { bytes, at: 0, end: bytes.length - 1 };
    assertThrows(() => lz4HadoopDecode(cut, output, output.length), Malformed);
  }
});

Deno.test("runs and packed bits of every width are read and written as by others", () => {
  const random = randomNumbers(23);
  for (let width = 1; width <= 24; width++) {
    for (const count of [1, 7, 8, 9, 100, 1001]) {
      const values = new Int32Array(count);
      for (let at = 0; at < count;) {
        const value = Math.floor(random() * 2 ** width);
        const run = random() < 0.5 ? 1 : Math.floor(random() * 40);
        for (const end = Math.min(count, at + run); at < end; at++) values[at] = value;
      }
      const sink = new ByteSink();
      encodeHybrid(values, 0, count, width, sink);
      const mine = sink.written().slice();
      const theirs = new Array(count);
      const view = new DataView(mine.buffer);
      readRleBitPackedHybrid({ view, offset: 0 }, width, theirs, mine.length);
      assertEquals(theirs, Array.from(values), `width ${width}, ${count} values`);
      const writer = new ByteWriter();
      writeRleBitPackedHybrid(writer, Array.from(values), width);
      for (const bytes of [mine, writer.getBytes()]) {
        const output = new Int32Array(count);
        decodeHybrid(spanOf(bytes), width, output, count);
        assertEquals(output, values, `width ${width}, ${count} values`);
        const cut = { bytes, at: 0, end: 1 };
        assertThrows(() => decodeHybrid(cut, width, output, count), Malformed);
        if (width > 1) continue;
        const bits = new Uint8Array(count);
        assertEquals(decodeBits(spanOf(bytes), bits, count), values.reduce((a, b) => a + b, 0));
        assertEquals(Int32Array.from(bits), values);
      }
    }
  }
});

Deno.test("packed values of 25 to 32 bits are read whole", () => {
  for (let width = 25; width <= 32; width++) {
    const values = [0, 1, 2 ** width - 1, 2 ** (width - 1), 12345678, 2 ** width - 2, 7, 2 ** 24];
    let bits = 0n;
    values.forEach((value, k) => bits |= BigInt(value) << BigInt(k * width));
    const packed = Array.from({ length: width }, (_, k) => Number((bits >> BigInt(8 * k)) & 255n));
    const output = new Int32Array(8);
    decodeHybrid(spanOf(Uint8Array.of(3, ...packed)), width, output, 8);
    assertEquals(Array.from(output, (value) => value >>> 0), values, `width ${width}`);
  }
});

Deno.test("deltas of any size are read back, and wrap at the ends of their type", () => {
  const random = randomNumbers(31);
  const ends32 = [-2147483648, 2147483647, 0, -1, 1];
  const ends64 = [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 2n ** 32n, -(2n ** 32n) - 1n];
  for (const count of [1, 2, 33, 128, 129, 130, 1000]) {
    for (let bits = 0; bits <= 64; bits += 4) {
      if (bits <= 32) {
        const values = Int32Array.from(
          { length: count },
          (_, k) => bits === 32 && k % 5 === 0 ? ends32[k % 4]! : Math.floor(random() * 2 ** bits),
        );
        const writer = new ByteWriter();
        deltaBinaryPack(writer, Array.from(values), "INT32");
        const output = new Int32Array(count);
        decodeDelta32(spanOf(writer.getBytes()), output, count);
        assertEquals(output, values, `${bits} bits, ${count} values`);
      }
      const values = BigInt64Array.from(
        { length: count },
        (_, k) =>
          bits === 64 && k % 5 === 0
            ? ends64[k % 6]!
            : BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** bits)) - BigInt(k)),
      );
      const writer = new ByteWriter();
      deltaBinaryPack(writer, Array.from(values), "INT64");
      const output = new BigInt64Array(count);
      const span = spanOf(writer.getBytes());
      decodeDelta64(span, new Int32Array(output.buffer), count);
      assertEquals(output, values, `${bits} bits, ${count} values`);
      assertEquals(span.at, span.end);
      assertThrows(
        () => decodeDelta64(spanOf(writer.getBytes()), new Int32Array(output.buffer), count + 1),
        Malformed,
      );
    }
  }
});
