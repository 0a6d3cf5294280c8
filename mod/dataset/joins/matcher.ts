/** Rows of a table that belong to rows of the data. */
export interface Matched {
  /** For each row of the data that of the table, or -1. */
  rows: Float64Array;
  /** Where values lie between those of two rows: the other row, and how far on the way to it. */
  between: { rows: Float64Array; share: Float64Array } | null;
}
