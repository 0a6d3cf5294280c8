import type { LineageModule } from "./lineage.ts";

/** Bytes of a formula's text that are kept, at most. */
export const MOST_SOURCE = 64 << 10;

/** A formula as it ran. */
export interface FormulaSource {
  /** Its file as its author wrote it; of a long one the beginning. */
  text: string;
  /** Whether it goes on. */
  cut: boolean;
  /** Of the whole file. */
  bytes: number;
  /** The file and then those that it imports, by name. */
  modules: LineageModule[];
}
