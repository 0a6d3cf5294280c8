/**
 * What goes wrong with Parquet files. The message says what is wrong, the place where it was met; what a client is told
 * of it, and what to do, is for those who know what the file was read or written for.
 *
 * @module
 */

/** Where something was met, as far as it is known. */
export interface Place {
  /** Path or URL. */
  file?: string;
  column?: string;
  /** The column's type, for people. */
  type?: string;
  rowGroup?: number;
  /** First byte of the page in the file, behind its header. */
  page?: number;
  row?: number;
}

/** Anything that is wrong with a file or a column. */
export class ParquetError extends Error {
  override readonly name: string = "ParquetError";
  readonly place: Place;

  constructor(message: string, place: Place = {}) {
    super(message);
    this.place = { ...place };
  }
}

/** Something in a file contradicts the Parquet format. */
export class Malformed extends ParquetError {
  override readonly name: string = "Malformed";
}

/** Something in a file is of a part of the format that is not read. */
export class Unsupported extends ParquetError {
  override readonly name = "Unsupported";
}

/** Why a file can't be read. */
export type SourceFault = "not a file" | "not permitted" | "changed" | "unreadable";

/** A file can't be opened or read; the message is the system's. */
export class SourceError extends ParquetError {
  override readonly name = "SourceError";
  readonly fault: SourceFault;

  constructor(fault: SourceFault, file: string, message: string = fault) {
    super(message, { file });
    this.fault = fault;
  }
}

/** A value that can't be shown as what it is read as without losing digits. */
export class InexactValue extends ParquetError {
  override readonly name = "InexactValue";
  /** How it is read: as a number, of an integer or a decimal, or within a list, a map or a record. */
  readonly use: "integer" | "decimal" | "nested";
  /** Digits behind the point of a decimal. */
  readonly scale: number;

  constructor(use: InexactValue["use"], message: string, place: Place = {}, scale = 0) {
    super(message, place);
    this.use = use;
    this.scale = scale;
  }
}

/** A value can't be stored as its column's type. */
export class UnfitValue extends ParquetError {
  override readonly name = "UnfitValue";
}

/** Columns can't be written as one row group, or as one file. */
export class UnfitColumns extends ParquetError {
  override readonly name = "UnfitColumns";
  /** Whether they differ from those of the row group before. */
  readonly areOthers: boolean;

  constructor(message: string, areOthers = false) {
    super(message);
    this.areOthers = areOthers;
  }
}

/** Runs a step; what is wrong in it gets the place where that was, as far as it is not known yet. */
export function placed<T>(place: Place, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (thrown instanceof ParquetError) Object.assign(thrown.place, { ...place, ...thrown.place });
    throw thrown;
  }
}
