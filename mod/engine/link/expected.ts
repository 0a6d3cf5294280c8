import { dirname } from "@std/path";

/** The job that an engine is started for, as far as it is known by then. What it is told later counts. */
export interface ExpectedJob {
  /** Path of the formula. */
  formula: string;
  /** JavaScript heap of each thread, in bytes. */
  heapBytes: number;
}

/** What an engine is told as it starts: what proves that it is the one, and the job it is for. */
export interface Greeting {
  token: string;
  job: ExpectedJob | null;
}

/** Real path of the folder of an expected formula; null where there is none. */
export function expectedFolder({ formula }: ExpectedJob): string | null {
  try {
    return Deno.realPathSync(dirname(formula));
  } catch {
    return null; // the job itself says what is wrong
  }
}
