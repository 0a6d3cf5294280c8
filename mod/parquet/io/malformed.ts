/**
 * Something in a file contradicts the Parquet format. What catches it knows the file, the column
 * and the row group and makes a `ServiceError` of it that names them.
 */
export class Malformed extends Error {
  override readonly name: string = "Malformed";
}
