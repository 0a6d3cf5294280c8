import { assert, assertEquals } from "@std/assert";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { FREE, Kernel } from "#kernel";
import { ByteSink } from "../../mod/parquet/io/byte_sink.ts";
import { encodeHybrid } from "../../mod/parquet/encodings/hybrid_encode.ts";
import { snappyEncode } from "../../mod/parquet/encodings/snappy_encode.ts";
import { KERNEL_MODULES, kernelCode } from "../../scripts/kernel.ts";
import { SEED } from "../support/suite_options.ts";
import { randomNumbers } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";

const OUTPUT = FREE + (1 << 20);

Deno.test("the committed WebAssembly is the compiled source", async () => {
  for (const made of KERNEL_MODULES) {
    assertEquals(await Deno.readTextFile(made.code), await kernelCode(made));
  }
});

/** Decompresses with input and output handed out in pieces; null where the kernel calls it damaged. */
function inPieces(packed: Uint8Array, size: number, piece: number): Uint8Array | null {
  const kernel = new Kernel();
  kernel.reserve(OUTPUT + size + 128);
  const { code } = kernel;
  let from = 0;
  while (packed[from++]! >= 128);
  code.snappyBegin(OUTPUT, size);
  while (code.snappyDone() < size) {
    const count = Math.min(Math.max(piece, 5), packed.length - from);
    kernel.bytes.set(packed.subarray(from, from + count), FREE);
    const until = Math.min(size, code.snappyDone() + piece);
    const stopped = code.snappyStep(FREE, FREE + count, from + count === packed.length, until);
    if (stopped === 0) return null;
    from += stopped - FREE;
  }
  assertEquals(from, packed.length);
  return kernel.bytes.slice(OUTPUT, OUTPUT + size);
}

Deno.test("a Snappy block decodes to the same bytes in pieces of any size", () => {
  const random = randomNumbers(3);
  const samples = [
    Uint8Array.from({ length: 300_000 }, () => random() * 256),
    Uint8Array.from({ length: 100_000 }, () => random() * 3),
    new Uint8Array(BigInt64Array.from({ length: 20_000 }, (_, k) => 1000n * BigInt(k)).buffer),
    Uint8Array.from({ length: 70_000 }, (_, k) => k % 7),
  ];
  for (const input of samples) {
    for (const packed of [snappyCompress(input), snappyEncode(input).slice()]) {
      for (const piece of [7, 100, 65_536, 1 << 20]) {
        assert(inPieces(packed, input.length, piece)?.every((byte, k) => byte === input[k]));
      }
    }
  }
});

randomTest("damaged-snappy", "a damaged Snappy block never writes beyond its page", (count) => {
  const random = randomNumbers(SEED);
  const input = Uint8Array.from({ length: 3000 }, (_, k) => k % 11 + random() * 2);
  const packed = snappyEncode(input).slice();
  let refused = 0;
  for (let round = 0; round < count; round++) {
    const damaged = packed.slice();
    damaged[2 + Math.floor(random() * (damaged.length - 2))] = random() * 256;
    const kernel = new Kernel();
    kernel.reserve(OUTPUT + 8192);
    const after = OUTPUT + input.length + 64;
    kernel.bytes.fill(77, after, OUTPUT + 8192);
    kernel.bytes.set(damaged.subarray(2), FREE);
    kernel.code.snappyBegin(OUTPUT, input.length);
    const end = FREE + damaged.length - 2;
    if (kernel.code.snappyStep(FREE, end, true, input.length) === 0) refused++;
    assert(kernel.bytes.subarray(after, OUTPUT + 8192).every((byte) => byte === 77));
  }
  assert(refused > count / 20 - 5, `${refused} of ${count}`);
});

Deno.test("runs and packed bits of every width are read as they were written", () => {
  const random = randomNumbers(9);
  const kernel = new Kernel();
  kernel.reserve(OUTPUT + 4 * 5000);
  for (let width = 1; width <= 24; width++) {
    const values = Int32Array.from(
      { length: 5000 },
      (_, k) => k % 100 < 40 ? 1 : Math.floor(random() * 2 ** width),
    );
    const sink = new ByteSink();
    encodeHybrid(values, 0, values.length, width, sink);
    kernel.bytes.set(sink.written(), FREE);
    const end = FREE + sink.length;
    const { code } = kernel;
    code.hybridBegin(FREE, end, width);
    assertEquals(code.hybridNext(OUTPUT, values.length), 1);
    assertEquals(new Int32Array(kernel.bytes.buffer, OUTPUT, values.length), values);
    const short = end - width - 1; // more than the padding of the last group
    code.hybridBegin(FREE, short, width);
    assertEquals(code.hybridNext(OUTPUT, values.length), 0);
    // In parts of any size, every third of which is stepped over.
    code.hybridBegin(FREE, end, width);
    for (let from = 0, part = 0; from < values.length; part++) {
      const count = Math.min(Math.floor(random() * 300), values.length - from);
      const over = part % 3 === 2;
      assertEquals(code.hybridNext(over ? 0 : OUTPUT, count), 1);
      const found = new Int32Array(kernel.bytes.buffer, OUTPUT, count);
      if (!over) assertEquals(found, values.subarray(from, from + count));
      from += count;
    }
    const most = values.reduce((a, b) => Math.max(a, b));
    kernel.bytes.set(new Uint8Array(values.buffer), OUTPUT);
    assertEquals(kernel.code.firstOutside(OUTPUT, values.length, most), values.indexOf(most));
    assertEquals(kernel.code.firstOutside(OUTPUT, values.length, most + 1), values.length);
  }
});

Deno.test("64-bit integers become the nearest doubles, and unsafe ones are reported", () => {
  const kernel = new Kernel();
  const safe = [0n, -1n, 1n, 9007199254740991n, -9007199254740991n, 1714521600123456n];
  const large = [9007199254740993n, -9223372036854775808n, 9223372036854775807n, 4294967296999n];
  const put = (values: bigint[]) =>
    kernel.bytes.set(new Uint8Array(BigInt64Array.from(values).buffer), FREE + 3);
  const got = (count: number) => Array.from(new Float64Array(kernel.bytes.buffer, OUTPUT, count));
  kernel.reserve(OUTPUT + 1024);
  put(safe);
  assertEquals(kernel.code.int64ToNumber(FREE + 3, OUTPUT, safe.length), safe.length);
  assertEquals(got(safe.length), safe.map(Number));
  put([...safe, ...large]);
  assertEquals(kernel.code.int64ToNumber(FREE + 3, OUTPUT, 10), safe.length);
  kernel.code.millisToMillis(FREE + 3, OUTPUT, 10);
  assertEquals(got(10), [...safe, ...large].map(Number));
  for (const parts of [1000, 1_000_000]) {
    kernel.code.partsToMillis(FREE + 3, OUTPUT, 10, parts);
    [...safe, ...large].forEach((value, k) => {
      const whole = value / BigInt(parts);
      const expected = Number(whole) + Number(value % BigInt(parts)) / parts;
      const apart = Math.abs(got(10)[k]! - expected);
      assert(apart <= Math.abs(expected) * 2 ** -52, `${value} / ${parts}`);
    });
  }
});

Deno.test("bounds of doubles are the minimum and maximum, and NaN when there is one", () => {
  const kernel = new Kernel();
  kernel.reserve(OUTPUT + 16);
  const random = randomNumbers(21);
  for (const length of [1, 2, 3, 4, 5, 31, 32, 1000]) {
    const values = Float64Array.from({ length }, () => random() - 0.5);
    const found = (of: Float64Array) => {
      kernel.bytes.set(new Uint8Array(of.buffer), FREE);
      kernel.code.bounds64(FREE, length, OUTPUT);
      return Array.from(new Float64Array(kernel.bytes.buffer, OUTPUT, 2));
    };
    assertEquals(found(values), [Math.min(...values), Math.max(...values)]);
    for (const at of [0, length >> 1, length - 1]) {
      assertEquals(found(values.map((value, k) => k === at ? NaN : value)), [NaN, NaN]);
    }
  }
});
