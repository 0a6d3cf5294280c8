import { arrowFields } from "../parquet/format/arrow_fields.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import { type KeyValues, readKeyValues } from "../parquet/format/key_values.ts";
import { placed } from "../parquet/io/errors.ts";
import { assertSame, openSource } from "../parquet/io/source.ts";
import { withClientErrors } from "./client_errors.ts";
import type { DatasetFile, OpenedDatasetFile } from "./dataset.ts";

/** What a file says of itself and of its columns, in keys and values. */
export interface FileMetadata {
  file: KeyValues;
  /** Of a column by its name: what its chunk in the first row group says, and what Arrow notes of the field. */
  column(name: string): KeyValues;
}

/** Under which Arrow's writers put a file's schema. */
const ARROW_SCHEMA = "ARROW:schema";
/** Keys of Arrow's own, which every column has. */
const ARROW_ID = "PARQUET:field_id";

const known = new WeakMap<DatasetFile, FileMetadata>();

/**
 * Reads a file's metadata from its footer, once.
 *
 * @throws ServiceError `BASE_UNREADABLE` when the file has changed or can't be read.
 */
export function metadataOf(file: DatasetFile): FileMetadata {
  let metadata = known.get(file);
  if (!metadata) known.set(file, metadata = readMetadata(file));
  return metadata;
}

/** The same anew; nothing of it is kept. @throws as {@linkcode metadataOf} does */
export function readMetadata(file: DatasetFile): FileMetadata {
  const { file: all, leaves } = withClientErrors(() =>
    placed({ file: file.path }, () => {
      if (isOpened(file)) return file.keyValues();
      using source = openSource(file.path, file);
      assertSame(file.path, file, source);
      return readKeyValues(source);
    })
  );
  const fields = arrowFields(all.get(ARROW_SCHEMA));
  return {
    file: all,
    column(name) {
      const own = columnNamed(file.columns, name);
      return new Map([...noted(own, fields), ...(own && leaves[own.leaf] || [])]);
    },
  };
}

function isOpened(file: DatasetFile): file is OpenedDatasetFile {
  return "keyValues" in file;
}

function noted(own: Column | undefined, fields: Map<string, KeyValues>): KeyValues {
  const found = new Map(own && fields.get(own.name));
  found.delete(ARROW_ID);
  return found;
}
