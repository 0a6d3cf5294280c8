/**
 * What of hyparquet and hyparquet-writer is not in their public modules. Their exports don't promise it, so that a
 * new version of theirs may need changes here, and nowhere else.
 */
export {
  CompressionCodecs,
  ConvertedTypes,
  Encodings,
  FieldRepetitionTypes,
  ParquetTypes,
} from "hyparquet/src/constants.js";
export { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
export { decodeVariantColumn } from "hyparquet/src/variant.js";
export { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
export { serializeTCompactProtocol, ThriftStruct } from "hyparquet-writer/src/thrift.js";
