import { assert, assertEquals, assertThrows } from "@std/assert";
import { addDeltas, joinStreams, unpackLz4 } from "../../mod/kernel/decode.ts";
import { decodeDelta32, decodeDelta64 } from "../../mod/parquet/encodings/delta.ts";
import { lz4Decode } from "../../mod/parquet/encodings/lz4_decode.ts";
import { Malformed } from "../../mod/parquet/io/errors.ts";
import { SEED } from "../support/suite_options.ts";
import { randomNumbers } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";

/** A block of literals and matches of random lengths and offsets, and what it stands for. */
function lz4Block(random: () => number, sequences: number): { packed: number[]; plain: number[] } {
  const packed: number[] = [], plain: number[] = [];
  const any = (most: number) => Math.floor(random() ** 3 * most);
  const rest = (count: number) => {
    for (count -= 15; count >= 255; count -= 255) packed.push(255);
    packed.push(count);
  };
  for (let k = 0; k <= sequences; k++) {
    const literals = any(400) + (k === 0 ? 1 : 0);
    const match = any(600), last = k === sequences;
    packed.push((Math.min(literals, 15) << 4) | (last ? 0 : Math.min(match, 15)));
    if (literals >= 15) rest(literals);
    for (let i = 0; i < literals; i++) {
      packed.push(any(256));
      plain.push(packed.at(-1)!);
    }
    if (last) break;
    const offset = 1 + any(Math.min(plain.length, 65_535));
    packed.push(offset & 255, offset >> 8);
    if (match >= 15) rest(match);
    for (let i = 0; i < match + 4; i++) plain.push(plain[plain.length - offset]!);
  }
  return { packed, plain };
}

const LZ4_MEANT = "LZ4 blocks of any literals and matches come out as they were meant";
randomTest("damaged-blocks", LZ4_MEANT, (count) => {
  const random = randomNumbers(SEED);
  for (let round = 0; round < count / 20; round++) {
    const { packed, plain } = lz4Block(random, round % 60);
    const bytes = Uint8Array.from(packed);
    const output = new Uint8Array(plain.length + 10).fill(77);
    lz4Decode({ bytes, at: 0, end: bytes.length }, output, plain.length, 3);
    assertEquals(output.subarray(3, plain.length + 3), Uint8Array.from(plain));
    assertEquals(
      [...output.subarray(0, 3), ...output.subarray(plain.length + 3)],
      Array(10).fill(77),
    );
    for (const length of [plain.length - 1, plain.length + 1]) {
      assert(!unpackLz4(bytes, output, length, 0));
    }
  }
});

const LZ4_DAMAGED =
  "damaged LZ4 blocks are refused or of the right length, and nothing else is written";
randomTest("damaged-blocks", LZ4_DAMAGED, (count) => {
  const random = randomNumbers(SEED + 1);
  const { packed, plain } = lz4Block(random, 30);
  let refused = 0;
  for (let round = 0; round < count; round++) {
    const damaged = Uint8Array.from(packed);
    damaged[Math.floor(random() * damaged.length)] = random() * 256;
    const output = new Uint8Array(plain.length + 64).fill(77);
    if (!unpackLz4(damaged, output, plain.length, 0)) refused++;
    assert(output.subarray(plain.length).every((byte) => byte === 77));
  }
  // Most changes are in literals, which may be anything.
  assert(refused > count / 100 - 10, `${refused} of ${count}`);
});

/** Blocks of deltas of one width, with the header and the first value in front. */
function deltaPage(
  deltas: bigint[],
  width: number,
  miniblocks: number,
  perMiniblock: number,
): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: bigint) => {
    for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
    bytes.push(Number(value));
  };
  const blockSize = miniblocks * perMiniblock;
  varint(BigInt(blockSize));
  varint(BigInt(miniblocks));
  varint(BigInt(deltas.length + 1));
  varint(9n); // the first value, -5
  for (let from = 0; from < deltas.length; from += blockSize) {
    varint(6n); // the least delta, 3
    for (let k = 0; k < miniblocks; k++) bytes.push(width);
    for (let at = from; at < Math.min(from + blockSize, deltas.length); at += perMiniblock) {
      let bits = 0n, held = 0;
      for (let k = 0; k < perMiniblock; k++) {
        bits |= (deltas[at + k] ?? 0n) << BigInt(held);
        for (held += width; held >= 8; held -= 8, bits >>= 8n) bytes.push(Number(bits & 255n));
      }
    }
  }
  return Uint8Array.from(bytes);
}

Deno.test("deltas of every width and block size add up and wrap", () => {
  const random = randomNumbers(47);
  const shapes: [miniblocks: number, perMiniblock: number, count: number][] = [
    [4, 32, 1000],
    [1, 8, 100],
    [3, 40, 500],
    [2, 16_384, 70_000],
  ];
  for (const [miniblocks, perMiniblock, count] of shapes) {
    const widths = count > 1000 ? [1, 32, 58, 64] : Array.from({ length: 65 }, (_, width) => width);
    for (const width of widths) {
      const deltas = Array.from(
        { length: count - 1 },
        () =>
          BigInt.asUintN(
            width,
            BigInt(Math.floor(random() * 2 ** 32)) << 32n | BigInt(Math.floor(random() * 2 ** 32)),
          ),
      );
      const expected = new BigInt64Array(count);
      expected[0] = -5n;
      for (let k = 1; k < count; k++) expected[k] = expected[k - 1]! + 3n + deltas[k - 1]!;
      const bytes = deltaPage(deltas, width, miniblocks, perMiniblock);
      const span = () => ({ bytes, at: 0, end: bytes.length });
      for (const wanted of [count, count - 1, 1 + (count >> 1), 1]) {
        const wide = new BigInt64Array(wanted), narrow = new Int32Array(wanted);
        decodeDelta64(span(), new Int32Array(wide.buffer), wanted, count);
        decodeDelta32(span(), narrow, wanted, count);
        assertEquals(wide, expected.slice(0, wanted), `${width} bits, ${wanted} of ${count}`);
        assertEquals(narrow, Int32Array.from(wide, (value) => Number(BigInt.asIntN(32, value))));
      }
      const whole = span();
      decodeDelta64(whole, new Int32Array(2 * count), count);
      assertEquals(whole.at, whole.end);
      if (width === 0) continue;
      const cut = { bytes, at: 0, end: bytes.length - Math.ceil(width * perMiniblock / 8) };
      assertThrows(() => decodeDelta64(cut, new Int32Array(2 * count), count), Malformed);
    }
  }
});

const DELTAS_DAMAGED = "damaged deltas are refused or so many values, and nothing else is written";
randomTest("damaged-blocks", DELTAS_DAMAGED, (count) => {
  const random = randomNumbers(SEED + 2);
  const packed = deltaPage(Array.from({ length: 600 }, (_, k) => BigInt(k % 512)), 9, 4, 32).slice(
    6,
  );
  const blocks = { miniblocks: 4, perMiniblock: 32 };
  let refused = 0;
  for (let round = 0; round < count; round++) {
    const damaged = packed.slice();
    damaged[Math.floor(random() * damaged.length)] = random() * 256;
    const output = new Int32Array(1210).fill(77);
    if (addDeltas(damaged, blocks, { low: 0, high: 0 }, output, 2, 601) < 0) refused++;
    assert(output.subarray(1202).every((word) => word === 77));
  }
  assert(refused > count / 200 - 5, `${refused} of ${count}`);
});

Deno.test("byte streams are joined, also when only the first values are wanted", () => {
  const random = randomNumbers(59);
  for (const width of [4, 8] as const) {
    for (const count of [1, 15, 16, 17, 4095, 4096, 4097, 10_000]) {
      const values = Uint8Array.from({ length: count * width }, () => random() * 256);
      const streams = new Uint8Array(count * width);
      values.forEach((byte, at) => streams[at % width * count + Math.floor(at / width)] = byte);
      for (const wanted of new Set([count, count >> 1, 1])) {
        const output = new Uint8Array(count * width + 8).fill(77);
        joinStreams(streams, width, count, wanted, output);
        assertEquals(output.subarray(0, wanted * width), values.subarray(0, wanted * width));
        assert(output.subarray(wanted * width).every((byte) => byte === 77));
      }
    }
  }
});
