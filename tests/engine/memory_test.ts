import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeRowGroup } from "../../mod/parquet/encode.ts";
import { ParquetWriter } from "../../mod/parquet/writer.ts";
import { runFormula } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { enginesOf, until } from "../support/processes.ts";

const MEBIBYTE = 2 ** 20;
const ROW_GROUP = 2 ** 18;
const COLUMNS = ["a", "b", "c", "d"];

/** Writes row groups of four columns of noise, 8 MiB each. */
function writeRowGroups(path: string, count: number): void {
  const columns = COLUMNS.map((name) => ({
    name,
    type: "float64" as const,
    values: Float64Array.from({ length: ROW_GROUP }, Math.random),
  }));
  const group = encodeRowGroup(columns, { codec: "UNCOMPRESSED" });
  const writer = new ParquetWriter(path);
  for (let index = 0; index < count; index++) writer.append(group);
  writer.finish();
  writer.close();
}

/** The most memory a process ever had, in bytes; 0 when it has just ended. */
function peakOf(pid: number): number {
  const status = readIfThere(`/proc/${pid}/status`);
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
  }
}

/** The most memory that any of these processes has until something has ended. */
async function peakDuring(processes: { pid: number }[], end: Promise<unknown>): Promise<number> {
  let peak = 0;
  let ended = false;
  end.finally(() => ended = true);
  while (!ended) {
    for (const { pid } of processes) peak = Math.max(peak, peakOf(pid));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peak;
}

for (const way of ways) {
  Deno.test(`a job's memory does not grow with the file [${way.name}]`, async () => {
    await using folder = await tempDir();
    const peaks: number[] = [];
    for (const rowGroups of [12, 96]) {
      const base = join(folder.path, "time_series.parquet");
      if (peaks.length) await Deno.remove(base);
      writeRowGroups(base, rowGroups);
      await using server = await startServer(way, { root: folder.path });
      const engines = await until(async () => {
        const listed = await enginesOf(server);
        return listed.length > 0 ? listed : null;
      });
      const running = runFormula(
        server,
        folder.path,
        `export function map({ a, b, c, d }) {
           const sum = new Float64Array(a.length);
           for (let k = 0; k < sum.length; k++) sum[k] = a[k] + b[k] + c[k] + d[k];
           return { sum, a };
         }`,
      );
      peaks.push(await peakDuring(engines, running));
      const { Response } = await running;
      assertEquals(Response.Job?.Rows, rowGroups * ROW_GROUP, JSON.stringify(Response));
    }
    assert(peaks[0]! > 0);
    const grown = peaks[1]! - peaks[0]!;
    // 672 MiB more were read and 336 MiB more written.
    assert(grown < 200 * MEBIBYTE, `grew by ${Math.round(grown / MEBIBYTE)} MiB`);
  });
}
