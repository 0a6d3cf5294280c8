import type { CompressionCodec } from "hyparquet";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { lz4Decode, lz4HadoopDecode } from "./lz4_decode.ts";
import { Malformed, Unsupported } from "../io/errors.ts";
import { snappyDecode } from "./snappy_decode.ts";
import type { Scratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";

/** Bytes of a page at most, uncompressed: more than writers make, less than would end a worker. */
const LARGEST_PAGE = 1 << 30;

/** How many times shorter each codec can make data at most; more than that is a false size. */
const TIGHTEST: Partial<Record<CompressionCodec, number>> = {
  UNCOMPRESSED: 1,
  SNAPPY: 64,
  LZ4: 256,
  LZ4_RAW: 256,
  GZIP: 1040,
};

/**
 * Decompresses the data of a page that must come to exactly `length` bytes.
 *
 * @returns The input itself where it is not compressed, else bytes of `scratch` or fresh ones.
 * @throws Malformed when the data is damaged, or of another length; Unsupported when its codec is.
 */
export function decompress(
  codec: CompressionCodec | undefined,
  input: Span,
  length: number,
  scratch: Scratch,
): Span {
  assertLength(codec, input.end - input.at, length);
  if (codec === "UNCOMPRESSED") return input;
  if (length === 0) return { bytes: input.bytes, at: input.end, end: input.end };
  switch (codec) {
    case "SNAPPY": {
      const output = scratch.take(length);
      snappyDecode(input, output, length);
      return { bytes: output, at: 0, end: length };
    }
    case "LZ4_RAW":
    case "LZ4": {
      const output = scratch.take(length);
      (codec === "LZ4" ? lz4HadoopDecode : lz4Decode)(input, output, length);
      return { bytes: output, at: 0, end: length };
    }
    case "GZIP":
      return inflate(gunzipSync, codec, input, length);
    case "ZSTD":
      return inflate(zstdDecompressSync, codec, input, length);
    case "BROTLI":
      return inflate(brotliDecompressSync, codec, input, length);
    default:
      throw new Unsupported(`its codec ${codec ?? "(unknown)"} is not supported`);
  }
}

/** Checks that `packed` bytes can become `length`. @throws Malformed when they can't. */
export function assertLength(
  codec: CompressionCodec | undefined,
  packed: number,
  length: number,
): void {
  const ratio = codec && TIGHTEST[codec];
  if (length > LARGEST_PAGE || (ratio && length > packed * ratio + 64)) {
    throw new Malformed(`a page can't hold ${length} bytes`);
  }
  if (codec === "UNCOMPRESSED" && packed !== length) {
    throw new Malformed("a page is not as long as its header says");
  }
}

type Inflate = (
  input: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number },
) => Uint8Array;

function inflate(
  run: Inflate,
  codec: CompressionCodec,
  { bytes, at, end }: Span,
  length: number,
): Span {
  let output: Uint8Array;
  try {
    // Small pieces are memory that is at hand; fresh blocks cost more than putting pieces together.
    const chunkSize = Math.max(64, Math.min(length, 1 << 16));
    output = run(bytes.subarray(at, end), { maxOutputLength: length, chunkSize });
  } catch {
    throw new Malformed(`a page's ${codec} data is damaged`);
  }
  if (output.length !== length) throw new Malformed(`a page's ${codec} data is damaged`);
  // Not the Buffer itself: its `slice` would not copy.
  const plain = new Uint8Array(output.buffer, output.byteOffset, length);
  return { bytes: plain, at: 0, end: length };
}
