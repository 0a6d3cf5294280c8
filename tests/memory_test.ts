import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeRowGroup } from "../mod/parquet/encode.ts";
import { ParquetWriter } from "../mod/parquet/writer.ts";
import { runFormula } from "./fixtures.ts";
import { startServer, tempDir, ways } from "./harness.ts";

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

/** The most memory a process ever had, in bytes. */
function peakOf(pid: number): number {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return Number(kibibytes) * 1024;
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
      const { Response } = await runFormula(
        server,
        folder.path,
        `export function map({ a, b, c, d }) {
           const sum = new Float64Array(a.length);
           for (let k = 0; k < sum.length; k++) sum[k] = a[k] + b[k] + c[k] + d[k];
           return { sum, a };
         }`,
      );
      assertEquals(Response.Job?.Rows, rowGroups * ROW_GROUP, JSON.stringify(Response));
      const info = await server.request({ Header: "Info", Request: "Status" });
      const { Processes } = info.Response.Statistic as unknown as {
        Processes: { Pid: number; Role: string }[];
      };
      const engines = Processes.filter(({ Role }) => Role === "engine");
      peaks.push(Math.max(...engines.map(({ Pid }) => peakOf(Pid))));
    }
    const grown = peaks[1]! - peaks[0]!;
    // 672 MiB more were read and 336 MiB more written.
    assert(grown < 200 * MEBIBYTE, `grew by ${Math.round(grown / MEBIBYTE)} MiB`);
  });
}
