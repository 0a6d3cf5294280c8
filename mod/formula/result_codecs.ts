import type { ResultCodec } from "../job/request.ts";
import type { WrittenCodec } from "../parquet/write/encode.ts";

/** The format's names of the codecs that results are written in. */
export const WRITTEN_CODECS: Record<ResultCodec, WrittenCodec> = {
  snappy: "SNAPPY",
  zstd: "ZSTD",
  none: "UNCOMPRESSED",
};
