/** Joins of further tables to the data, as formulas ask for them. */

/** Which row of a table belongs to a time, where none needs to have the same. */
export const MATCHES = ["backward", "forward", "nearest", "linear"] as const;

export type Match = typeof MATCHES[number];

/** Columns of which the values have to be the same, or near: the data's and the table's. */
export interface KeyPair {
  left: string;
  right: string;
}

/** How a table is joined: plain data. */
export interface Join {
  /** What the formula calls the table. */
  input: string;
  /** What rows are looked up by; a single pair where `match` says which row is near. */
  on: KeyPair[];
  /** `null` for rows with the same keys. */
  match: Match | null;
  /** How far the row may be: a duration or milliseconds for times, else a number; `null` for any distance. */
  tolerance: string | number | null;
  /** What has to be the same beside. */
  by: KeyPair[];
  /** Columns of the table, and what chunks call them; `null` for all. */
  columns: JoinedName[] | null;
}

/** A column of a table, and what chunks call it. */
export interface JoinedName {
  name: string;
  column: string;
}
