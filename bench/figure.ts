/** A figure of the service that has no peer. */

/** One figure. */
export interface Figure {
  /** As `--only` has it. */
  name: string;
  title: string;
  value: number;
  unit: string;
  /** The most that it may be. */
  mustReach?: number;
  /** What else there is to know. */
  note?: string;
}
