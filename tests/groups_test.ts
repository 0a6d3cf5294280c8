import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { DuckDB, quoted } from "./duckdb.ts";
import { readRows, runFormula } from "./fixtures.ts";
import { startServer, tempDir, ways } from "./harness.ts";

/** Compares a result's rows with DuckDB's: numbers to 12 digits, everything else exactly. */
function assertRows(found: Record<string, unknown>[], expected: unknown[][]): void {
  assertEquals(found.length, expected.length);
  for (const [row, values] of expected.entries()) {
    const own = Object.values(found[row]!);
    assertEquals(own.length, values.length);
    values.forEach((value, k) => {
      if (typeof value !== "number") return assertEquals(own[k], value, `row ${row}`);
      const scale = Math.max(1, Math.abs(value));
      assertAlmostEquals(Number(own[k]) / scale, value / scale, 1e-12, `row ${row}, value ${k}`);
    });
  }
}

for (const way of ways) {
  Deno.test(`groups and resampling over partitions equal DuckDB's [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    const data = quoted(join(path, "time_series.parquet"));
    await duckdb.run(
      `copy (select timestamp '2024-03-01' + interval (i * 250) millisecond as time,
               'unit ' || (i * 7919 % 11) as unit, (i % 4)::int as phase,
               case when i % 50 = 0 then null else 230 + sin(i * 0.37) end as u
             from range(200000) t(i)) to ${data} (format parquet, row_group_size 40960)`,
    );
    await using server = await startServer(way, { root: path });
    const result = async (grouping: string) => {
      const { Response } = await runFormula(
        server,
        path,
        `import { groupBy, resample } from "measuring/groups";
         export const { chunk, combine, aggregate } = ${grouping};`,
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      assert(Response.Job!.Partitions > 1);
      return await readRows(join(path, "work_ansver.parquet"));
    };
    assertRows(
      await result(`groupBy("unit").mean("u").std("u").min("u").max("u").sum("u").count()`),
      await duckdb.rows(
        `select unit, avg(u), stddev_samp(u), min(u), max(u), sum(u), count(*)::double
         from ${data} group by unit order by unit`,
      ),
    );
    assertRows(
      await result(`groupBy(["unit", "phase"]).mean("u").count()`),
      await duckdb.rows(
        `select unit, phase, avg(u), count(*)::double from ${data} group by all order by unit, phase`,
      ),
    );
    assertRows(
      await result(`resample("time", "1m").mean("u").max("u").count()`),
      await duckdb.rows(
        `select epoch_ms(date_trunc('minute', time))::double as time, avg(u), max(u), count(*)::double
         from ${data} group by 1 order by 1`,
      ),
    );
  });
}
