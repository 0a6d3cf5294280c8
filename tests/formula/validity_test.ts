import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`validity marks the nulls of columns whose values don't fit numbers [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (from (values (9007199254740993::bigint, 12345678901234567890::decimal(38, 2)), (null, null), (1, 1))
       t(big, price)) to ${quoted(join(folder, "time_series.parquet"))} (format parquet)`,
    );
    const { Response } = await runFormula(
      shared.server,
      folder,
      `const refused = (of) => { try { of(); return false; } catch { return true; } };
       export const chunk = (chunk) => ["big", "price"].map((name) => [
         refused(() => chunk[name]), ...chunk.validity(name)]).concat([
         Array.from(chunk.raw("price").values, String)]);
       export const combine = (a) => a;`,
    );
    assertEquals(Response.Result, [
      [true, 1, 0, 1],
      [true, 1, 0, 1],
      ["1234567890123456789000", "null", "100"],
    ]);
  });
}
