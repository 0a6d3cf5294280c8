/** Further tables on a cluster: all nodes join the same. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { shareCluster, tidy } from "../support/cluster_stage.ts";
import { readColumn, writeSample } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { ask, end, submit, writeFormulas } from "../support/job_requests.ts";
import { doneByNodes } from "../support/cluster.ts";

const ROWS = 400_000;

for (const way of ways) {
  const test = shareCluster(way, { server: ["--limit", "task-partitions=1"] });

  test("nodes look rows up and join them by time as one machine does", async (stage, folder) => {
    const [server] = await stage.up(2);
    await writeSample(folder, ROWS, 66_000, "sample.parquet");
    await writeSample(folder, ROWS, 50_000, "later.parquet");
    await writeSample(folder, 5, 5, "units.parquet");
    await writeFormulas(folder, {
      "mapped.ts": `export const inputs = {
          near: { on: { time: "time" }, match: "backward", by: "unit" },
          units: { on: "unit" },
        };
        export const keep = ["n"];
        export async function map(chunk, { input }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const rows = new Int32Array(chunk.n.length).fill(input("units").n.length);
          return { near: chunk["near.n"], unit: chunk["units.n"], rows };
        }`,
      "summed.ts": `import { groupBy } from "measuring/groups";
        export const inputs = { units: { on: "unit", columns: { of: "n" } } };
        export const { chunk, combine, aggregate } = groupBy("of").count();`,
    });
    const fields = {
      Base: "sample.parquet",
      Inputs: { near: "later.parquet", units: { Base: ["units.parquet"] } },
    };
    const done = await doneByNodes(server, 2, [folder, "mapped.ts", fields]);
    assertEquals([done.State, done.Error], ["complete", undefined]);
    const columns = ["n", "near", "unit", "rows"];
    const [n, near, unit, rows] = await Promise.all(
      columns.map((name) => readColumn(join(folder, "mapped_ansver.parquet"), name)),
    ) as number[][];
    assertEquals(n, Array.from({ length: ROWS }, (_, k) => k));
    assertEquals(near, n);
    assertEquals(unit, n!.map((k) => k % 7 < 5 ? k % 7 : NaN));
    assertEquals(new Set(rows), new Set([5]));

    const summed = await submit(server, folder, "summed.ts", fields);
    assertEquals((await end(server, summed.Id)).State, "complete");
    const counts = await readColumn(join(folder, "summed_ansver.parquet"), "count") as number[];
    assertEquals(counts.map(Number).reduce((a, b) => a + b), ROWS);
    assertEquals(await readColumn(join(folder, "summed_ansver.parquet"), "of"), [
      0,
      1,
      2,
      3,
      4,
      null,
    ]);

    const wrong = await submit(server, folder, "summed.ts", { Base: "sample.parquet" });
    const failed = await end(server, wrong.Id);
    assertEquals([failed.State, failed.Error.Code], ["failed", "BAD_REQUEST"]);
    assertMatch(failed.Error.Message, /joins "units", and the request names no such table/);
    await ask(server, "Log", { Id: wrong.Id });
    await tidy(folder);
  });
}
