/** Rows that a request and a function of the formula choose: all nodes see the same. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { shareCluster, tidy } from "../support/cluster_stage.ts";
import { readColumn, writeSample } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { ask, end, submit, writeFormulas } from "../support/job_requests.ts";
import { doneByNodes } from "../support/cluster.ts";

const ROWS = 400_000;

/** Lets rows up to a random one through, and says where that is. */
const RANDOM = `
  export const filter = ({ log, params }) => {
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    const date = new Date(Date.UTC(2024, 0, 1, 300_000 + random % 50_000));
    log(date.toISOString());
    return { time: { $lt: date }, n: { $gte: BigInt(params.least) } };
  };`;

for (const way of ways) {
  const test = shareCluster(way, { server: ["--limit", "task-partitions=1"] });

  test(
    "a filter that a function makes is asked for once, and all nodes have it",
    async (stage, folder) => {
      const [server] = await stage.up(2);
      await writeSample(folder, ROWS, 66_000, "sample.parquet");
      await writeFormulas(folder, {
        "mapped.ts": `${RANDOM}
        export const keep = ["time"];
        export async function map({ n }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return { n };
        }`,
        "reduced.ts": `${RANDOM}
        export const chunk = ({ n }) => ({ rows: n.length, first: n[0] ?? Infinity, last: n.at(-1) ?? -1 });
        export const combine = (a, b) => ({ rows: a.rows + b.rows, first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) });
        export const aggregate = (total, { rows }) => ({ ...total, told: rows });`,
      });
      const hour = (rows: number) => new Date(Date.UTC(2024, 0, 1, rows)).toISOString();
      const fields = {
        Base: "sample.parquet",
        Params: { least: 5000 },
        From: hour(70_000).replace("Z", "+00:00"),
        Filter: { n: { $ne: 100_000 } },
      };
      const done = await doneByNodes(server, 2, [folder, "mapped.ts", fields]);
      assertEquals([done.State, done.Error], ["complete", undefined]);
      assert(done.Skipped.RowGroups >= 1);
      const [last] = done.Log ?? (await ask(server, "Log", { Id: done.Id })).Job.Log;
      const bound = (Date.parse(last) - Date.UTC(2024, 0, 1)) / 3_600_000;
      const wanted = Array.from({ length: bound - 70_000 }, (_, k) => 70_000 + k)
        .filter((n) => n !== 100_000);
      assertEquals(await readColumn(join(folder, "mapped_ansver.parquet"), "n"), wanted);
      const times = await readColumn(join(folder, "mapped_ansver.parquet"), "time") as Date[];
      assertEquals(times.map(Number), wanted.map((n) => Date.UTC(2024, 0, 1, n)));

      const reduced = await submit(server, folder, "reduced.ts", fields);
      assertEquals((await end(server, reduced.Id)).State, "complete");
      const { Result } = await ask(server, "Result", { Id: reduced.Id });
      assertEquals([Result.rows, Result.first], [Result.last - 70_000, 70_000]);
      assertEquals(Result.told, Result.rows);

      const wrong = await submit(server, folder, "reduced.ts", { ...fields, Time: "tiem" });
      const failed = await end(server, wrong.Id);
      assertEquals([failed.State, failed.Error.Code], ["failed", "BAD_REQUEST"]);
      assertMatch(
        failed.Error.Message,
        /no column "tiem" in sample\.parquet; the columns are "time"/,
      );
      await tidy(folder);
    },
  );
}
