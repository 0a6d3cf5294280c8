/** A line that a formula printed. */
export interface LogLine {
  text: string;
  /** When it was printed, in milliseconds since 1970; absent for lines that an earlier version of the service kept. */
  time?: number;
  /** The partition whose call ran then; absent for calls on all of the data. */
  partition?: number;
}

/** The latest time that a date can have, in milliseconds since 1970. */
const LATEST = 8.64e15;

/** Whether this is a line, and nothing but a line. */
export function isLogLine(value: unknown): value is LogLine {
  if (typeof value !== "object" || value === null) return false;
  const { text, time = 0, partition = 0, ...more } = value as Record<string, unknown>;
  return typeof text === "string" && Number.isSafeInteger(time) &&
    Math.abs(time as number) <= LATEST && Number.isSafeInteger(partition) &&
    (partition as number) >= 0 && Object.keys(more).length === 0;
}
