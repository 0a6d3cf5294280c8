/** Measures one work: everybody in turn, again and again. */
import { dirname } from "@std/path";
import type { RunningServer } from "../scripts/running_server.ts";
import type { DuckDB } from "../tests/support/parquet/duckdb.ts";
import { difference } from "./compare.ts";
import { remove } from "./ours.ts";
import type { Doer, Places, Result } from "./peer.ts";
import { forgetPeaks, peakOf } from "./resident.ts";
import type { PeerName, Work } from "./work.ts";

/** Who does works: `ours` over TCP, `run`, the peers, and what only reads the same bytes. */
export type DoerName = "ours" | "run" | "a bare read" | PeerName;

/** What everybody took for a work. */
export interface Measured {
  work: Work;
  rows: number;
  /** Seconds of each repetition, of those who were equal to the first peer. */
  seconds: Partial<Record<DoerName, number[]>>;
  /** Seconds of the job inside the service. */
  jobSeconds: number[];
  /** The most megabytes that the service came to. */
  megabytes?: number;
  /** Who failed or came to another result, and how. */
  faults: Partial<Record<DoerName, string>>;
}

/**
 * Runs a work once by everybody without a clock, then `repeat` times in an order that turns, and
 * compares the last results with those of the first peer.
 *
 * @param places Where the data lies; `output` is where results are written, with a name of each.
 */
export async function measure(
  work: Work,
  rows: number,
  doers: ReadonlyMap<DoerName, Doer>,
  places: Places,
  repeat: number,
  duckdb: DuckDB,
  server: RunningServer,
): Promise<Measured> {
  await forgetPeaks(server);
  const measured: Measured = { work, rows, seconds: {}, jobSeconds: [], faults: {} };
  const results = new Map<DoerName, Result>();
  const names = [...doers.keys()];
  const outputOf = (name: DoerName) => `${places.output}_${name}.parquet`;
  for (let round = 0; round <= repeat; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      if (measured.faults[name] !== undefined) continue;
      const output = outputOf(name);
      await remove(output);
      // Peers leave their last pages to the kernel, which would write them in somebody else's time.
      if (work.written) await new Deno.Command("sync").output();
      try {
        const run = await doers.get(name)!.run(work, { ...places, output });
        if (name !== "a bare read") results.set(name, run.result);
        if (round === 0) continue;
        (measured.seconds[name] ??= []).push(run.seconds);
        if (run.jobSeconds !== undefined) measured.jobSeconds.push(run.jobSeconds);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // Where the data lies on this machine is nobody's business.
        measured.faults[name] = `failed: ${message.replaceAll(dirname(places.input), "…")}`;
      }
    }
  }
  if (work.way !== "cold") measured.megabytes = await peakOf(server);
  await compare(measured, results, duckdb);
  for (const name of names) await remove(outputOf(name));
  return measured;
}

async function compare(
  { work, faults, seconds }: Measured,
  results: ReadonlyMap<DoerName, Result>,
  duckdb: DuckDB,
): Promise<void> {
  const reference = work.peers.find((name) => results.has(name) && faults[name] === undefined);
  for (const [name, result] of results) {
    if (reference !== undefined && name !== reference && faults[name] === undefined) {
      const differs = await difference(duckdb, result, results.get(reference)!);
      if (differs !== undefined) faults[name] = `unequal to ${reference}: ${differs}`;
    }
    if (faults[name] !== undefined) delete seconds[name];
  }
}

/** The value in the middle, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
