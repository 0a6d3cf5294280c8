/** Folders of files by pyarrow and by DuckDB, which write the same columns in different ways. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** Writes columns of `peers.py` into files, by pyarrow of each kind, and by DuckDB what the last of these holds. */
async function writeFolder(
  folder: string,
  rows: number,
  kinds: string[],
  names: string[],
): Promise<void> {
  const path = (index: number) => join(folder, "data", `part.${index}.parquet`);
  await Deno.mkdir(join(folder, "data"));
  await callPeer(
    "write",
    kinds.map((kind, index) => ["pyarrow", path(index), rows, kind, names, {}]),
  );
  await duckdb.run(
    `copy (select ${names} from ${quoted(path(kinds.length - 1))}) to ${
      quoted(path(kinds.length))
    } (format parquet)`,
  );
}

for (const way of ways) {
  const shared = shareService(way);

  /** Keeps columns of a folder's files, and compares the result with what DuckDB reads in them. */
  const assertKept = async (folder: string, names: string[]) => {
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const keep = ${JSON.stringify(names)};
       export const map = ({ runs }) => ({ twice: Float64Array.from(runs, (v) => 2 * v) });`,
      { Base: "data" },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const result = quoted(join(folder, "work_ansver.parquet"));
    const all = `read_parquet(${quoted(join(folder, "data", "*.parquet"))}, union_by_name = true)`;
    const [[same, rows, wanted]] = await duckdb.rows(
      `select not exists (select ${names} from ${all} except all select ${names} from ${result}),
       (select count(*) from ${result}), (select count(*) from ${all})`,
    ) as [[boolean, bigint, bigint]];
    assert(same);
    assertEquals(rows, wanted);
  };

  peerTest(
    `nested columns are joined, whatever their annotations and nullability [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      await writeFolder(folder, 700, ["required", "nulls"], ["runs", "list", "point"]);
      await callPeer("write", [
        ["pyarrow", join(folder, "data", "part.3.parquet"), 5, "nulls", ["runs"], {}],
      ]);
      await assertKept(folder, ["runs", "list", "point"]);
      const { Response } = await runFormula(
        shared.server,
        folder,
        `export const chunk = ({ list, point }) => [list.length, list.at(-1), point[1]];
         export const combine = (a, b) => [a, b];`,
        { Base: "data" },
      );
      assertEquals(Response.Result, [2105, null, { x: 0, y: "p1" }]);
    },
  );

  peerTest(
    `times of day are kept in the finest unit of the files [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      await writeFolder(folder, 300, ["required", "nulls"], ["runs", "clock"]);
      await assertKept(folder, ["runs", "clock"]);
      const result = quoted(join(folder, "work_ansver.parquet"));
      assertEquals(
        await duckdb.rows(
          `select logical_type from parquet_schema(${result}) where name = 'clock'`,
        ),
        [["TimeType(isAdjustedToUTC=0, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>))"]],
      );
    },
  );

  peerTest(
    `decimals of one type are kept from files that store them in different lengths [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      await writeFolder(folder, 70_000, ["nulls"], ["runs", "price"]);
      await assertKept(folder, ["runs", "price"]);
    },
  );
}
