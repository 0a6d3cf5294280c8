/** Merging of two tables of byte strings, block by block in a kernel's memory. */
import { FREE, giveKernel, type Kernel, takeKernel } from "#kernel";
import { aligned } from "./aligned.ts";
import { mergeColumn } from "./merge_kernel.ts";
import { SPARE, type TextBytes, type Texts } from "./texts.ts";

/** Byte strings of each table that are looked at together at most, and their bytes: a single one may have more. */
const BLOCK = 1 << 12, BLOCK_BYTES = 1 << 18;
const TABLES = FREE, USED = TABLES + 32, SIDES = USED + 16, BLOCKS = SIDES + 2 * BLOCK;
/** What a table can hold: where a byte string ends is 32 bits. */
const MOST_BYTES = 2 ** 32 - 1;

/** Byte strings of a table that follow each other. */
interface Block extends Texts {
  /** Where the first one begins: ends count from the table's first byte. */
  start: number;
}

/**
 * Merges two tables of byte strings in linear time.
 *
 * @returns The merged table, and where each of its byte strings is: 1 in the first table, 2 in the second, 3 in both.
 * @throws RangeError when all of them have more than 4 GiB.
 */
export function mergeTexts(a: Texts, b: Texts): { texts: Texts; sides: Uint8Array } {
  const kernel = takeKernel();
  kernel.reserve(BLOCKS);
  try {
    const { sides, bytes } = match(kernel, a, b);
    const { buffer } = mergeColumn("keys", sides, [bitsOf(a)], [bitsOf(b)]);
    return {
      texts: { hashes: new BigUint64Array(buffer), ...place(kernel, a, b, sides, bytes) },
      sides,
    };
  } finally {
    giveKernel(kernel);
  }
}

/** Where byte strings are, and how many bytes they have together. */
function match(kernel: Kernel, a: Texts, b: Texts): { sides: Uint8Array; bytes: number } {
  const n = a.ends.length, m = b.ends.length, sides = new Uint8Array(n + m);
  let i = 0, j = 0, count = 0, bytes = a.bytes.length + b.bytes.length;
  while (i < n && j < m) {
    const x = blockOf(a, i, BLOCK), y = blockOf(b, j, BLOCK);
    const one = put(kernel, x, BLOCKS), two = put(kernel, y, one.end);
    new Uint32Array(kernel.bytes.buffer, TABLES, 8)
      .set([
        one.hashes,
        one.ends,
        one.bytes,
        x.ends.length,
        two.hashes,
        two.ends,
        two.bytes,
        y.ends.length,
      ]);
    const found = kernel.code.matchTexts(TABLES, SIDES, USED);
    sides.set(kernel.bytes.subarray(SIDES, SIDES + found), count);
    const [first, second, common] = new Uint32Array(kernel.bytes.buffer, USED, 3);
    i += first!;
    j += second!;
    bytes -= common!;
    count += found;
  }
  sides.fill(1, count, count += n - i);
  sides.fill(2, count, count += m - j);
  if (bytes > MOST_BYTES) throw new RangeError(`keys have ${bytes} bytes of texts; at most 4 GiB`);
  return { sides: sides.subarray(0, count), bytes };
}

/** Byte strings of both, one behind the other. */
function place(kernel: Kernel, a: Texts, b: Texts, sides: Uint8Array, total: number): TextBytes {
  const ends = new Uint32Array(sides.length), bytes = new Uint8Array(total);
  let i = 0, j = 0;
  for (let at = 0; at < sides.length;) {
    let count = Math.min(BLOCK, sides.length - at), x: Block, y: Block;
    for (;; count >>= 1) {
      kernel.bytes.set(sides.subarray(at, at + count), SIDES);
      kernel.code.countSides(SIDES, count, USED);
      const [first, second] = new Uint32Array(kernel.bytes.buffer, USED, 2);
      x = blockOf(a, i, first!), y = blockOf(b, j, second!);
      if (x.ends.length === first && y.ends.length === second) break;
    }
    const one = put(kernel, x, BLOCKS), two = put(kernel, y, one.end);
    const ended = two.end, to = aligned(ended + 4 * count), from = ends[at - 1] ?? 0;
    kernel.reserve(to + x.bytes.length + y.bytes.length + SPARE);
    new Uint32Array(kernel.bytes.buffer, TABLES, 6)
      .set([
        one.ends,
        one.bytes,
        x.start + x.bytes.length,
        two.ends,
        two.bytes,
        y.start + y.bytes.length,
      ]);
    kernel.code.placeMerged(SIDES, count, TABLES, ended, from, to);
    ends.set(new Uint32Array(kernel.bytes.buffer, ended, count), at);
    at += count;
    bytes.set(kernel.bytes.subarray(to, to + ends[at - 1]! - from), from);
    i += x.ends.length;
    j += y.ends.length;
  }
  return { ends, bytes };
}

/** So many byte strings of a table, or as many as a block has room for, but one. */
function blockOf({ hashes, ends, bytes }: Texts, from: number, most: number): Block {
  const start = ends[from - 1] ?? 0;
  let to = Math.min(from + most, ends.length);
  while (to > from + 1 && ends[to - 1]! - start > BLOCK_BYTES) to = from + ((to - from) >> 1);
  const last = ends[to - 1] ?? 0;
  return {
    ...{ hashes: hashes.subarray(from, to), ends: ends.subarray(from, to), start },
    bytes: bytes.subarray(start, last),
  };
}

/** Brings byte strings into a kernel's memory; says where they are, bytes as if those of the whole table were there. */
function put(kernel: Kernel, { hashes, ends, bytes, start }: Block, at: number) {
  const ended = at + hashes.byteLength + 16, first = aligned(ended + ends.byteLength);
  const end = aligned(first + bytes.length + SPARE);
  kernel.reserve(end);
  const { buffer } = kernel.bytes;
  new BigUint64Array(buffer, at, hashes.length).set(hashes);
  new Uint32Array(buffer, ended - 4, 1)[0] = start;
  new Uint32Array(buffer, ended, ends.length).set(ends);
  kernel.bytes.set(bytes, first);
  return { hashes: at, ends: ended, bytes: first - start, end };
}

/** Hashes as doubles of the same bits: they are merged, and not computed with. */
function bitsOf({ hashes }: Texts): Float64Array {
  return new Float64Array(hashes.buffer, hashes.byteOffset, hashes.length);
}
