import type { FooterNotes } from "../parquet/format/key_values.ts";
import type { ResultTable } from "../job/request.ts";
import type { JoinedRowGroup } from "../parquet/write/join_row_groups.ts";

/** Writes a result that is columns, from front to back. */
export interface TableWriter {
  /** Bytes written so far. */
  readonly bytes: number;
  /** Adds rows behind those that are there. */
  appendJoined(group: JoinedRowGroup): void;
  /** Writes what comes last. Nothing is closed. @param notes What footers say in keys and values. */
  finish(notes?: FooterNotes): WrittenTable | Promise<WrittenTable>;
  /** Brings what is written to the disk. */
  sync(): Promise<void>;
  /** Closes what is open, and removes it. */
  abort(): void;
  /** Closes what is open; further calls do nothing. */
  close(): void;
}

/** What was written. */
export interface WrittenTable {
  bytes: number;
  rows: number;
  /** Of loose row groups. */
  checksum?: number;
  /** Of several tables. */
  tables?: ResultTable[];
}
