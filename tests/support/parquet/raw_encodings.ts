/** The encodings of Encodings.md, each put down in the plainest way. */
import {
  BOOLEAN,
  BYTE_ARRAY,
  DOUBLE,
  FIXED,
  INT32,
  INT64,
  joined,
  plain,
  type RawElement,
  type RawValue,
  runs,
  uint32,
} from "./raw_file.ts";

export const PLAIN_DICTIONARY = 2,
  DELTA_BINARY_PACKED = 5,
  DELTA_LENGTH_BYTE_ARRAY = 6,
  DELTA_BYTE_ARRAY = 7,
  RLE_DICTIONARY = 8,
  BYTE_STREAM_SPLIT = 9;

type Encode = (values: RawValue[], element: RawElement) => Uint8Array;

const bytesOf = (values: RawValue[]): Uint8Array[] =>
  values.map((value) =>
    value instanceof Uint8Array ? value : new TextEncoder().encode(value as string)
  );

/** By number; dictionaries are apart. */
export const ENCODERS: Record<number, Encode> = {
  0: plain,
  3: (values) => {
    const bits = runs(values.map(Number), 1);
    return joined([uint32(bits.length), bits]);
  },
  [DELTA_BINARY_PACKED]: (values) => delta(values as (number | bigint)[]),
  [DELTA_LENGTH_BYTE_ARRAY]: (values) => deltaLengths(bytesOf(values)),
  [DELTA_BYTE_ARRAY]: (values) => {
    const all = bytesOf(values);
    const shared = all.map((bytes, index) => {
      const before = all[index - 1] ?? new Uint8Array(0);
      let length = 0;
      while (length < bytes.length && length < before.length && bytes[length] === before[length]) {
        length++;
      }
      return length;
    });
    return joined([
      delta(shared),
      deltaLengths(all.map((bytes, index) => bytes.subarray(shared[index]))),
    ]);
  },
  [BYTE_STREAM_SPLIT]: (values, element) => {
    const all = values.map((value) => plain([value], element));
    const width = all[0]?.length ?? 0;
    return joined(Array.from({ length: width }, (_, k) => Uint8Array.from(all, (one) => one[k]!)));
  },
};

/** Which of them a type may be in. */
export const ENCODINGS: Record<number, number[]> = {
  [BOOLEAN]: [0, 3],
  [INT32]: [0, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT],
  [INT64]: [0, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT],
  [DOUBLE]: [0, BYTE_STREAM_SPLIT],
  [BYTE_ARRAY]: [0, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY],
  [FIXED]: [0, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT],
};

/** Indexes into a dictionary. */
export function indexes(places: number[], entries: number): Uint8Array {
  const width = entries < 2 ? 0 : 32 - Math.clz32(entries - 1);
  return joined([Uint8Array.of(width), runs(places, width)]);
}

function deltaLengths(values: Uint8Array[]): Uint8Array {
  return joined([delta(values.map(({ length }) => length)), ...values]);
}

function delta(values: (number | bigint)[], block = 128, miniblocks = 4): Uint8Array {
  const parts = [
    varint(BigInt(block)),
    varint(BigInt(miniblocks)),
    varint(BigInt(values.length)),
    zigzag(BigInt(values[0] ?? 0)),
  ];
  const length = block / miniblocks;
  const steps = values.slice(1).map((value, index) => BigInt(value) - BigInt(values[index]!));
  for (let from = 0; from < steps.length; from += block) {
    const some = steps.slice(from, from + block);
    const least = some.reduce((least, step) => step < least ? step : least);
    const minis = Array.from(
      { length: miniblocks },
      (_, k) => some.slice(k * length, (k + 1) * length).map((step) => step - least),
    );
    const widths = minis.map((mini) =>
      Math.max(0, ...mini.map((step) => step ? step.toString(2).length : 0))
    );
    parts.push(zigzag(least), Uint8Array.from(widths));
    minis.forEach((mini, index) => {
      if (mini.length === 0) return;
      const width = widths[index]!;
      const bytes = new Uint8Array(length * width / 8);
      mini.forEach((step, at) => {
        for (let bit = 0; bit < width; bit++) {
          if (step >> BigInt(bit) & 1n) {
            bytes[at * width + bit >> 3]! |= 1 << (at * width + bit & 7);
          }
        }
      });
      parts.push(bytes);
    });
  }
  return joined(parts);
}

function zigzag(value: bigint): Uint8Array {
  return varint(value < 0n ? -2n * value - 1n : 2n * value);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.of(...bytes, Number(value));
}
