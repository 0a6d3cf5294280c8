/** Formulas that make many rows of each row: their partitions are encoded and written in parts. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { quoted } from "../support/parquet/duckdb.ts";
import { rowGroups, runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const ROWS = 140_000, TIMES = 9;
const copySample = shareSample(ROWS, 70_000);
const duckdb = await sharedDuckDB();

const LONG = `
const names = ["a", null, "ж", "d", "a", "", "a longer one", "ж", "i"];
export function map({ u }) {
  const value = new Float64Array(u.length * ${TIMES}), name = new Array(value.length), place = new Array(value.length);
  for (let at = 0; at < value.length; at++) {
    value[at] = u[Math.floor(at / ${TIMES})];
    name[at] = names[at % ${TIMES}];
    place[at] = { row: at % ${TIMES} };
  }
  return { value, name, place };
}`;

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`many rows of each row are all written, in order [${way.name}]`, async () => {
    const { server } = shared;
    const folder = await shared.folder();
    await copySample(folder);
    const { Response } = await runFormula(server, folder, LONG);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const result = join(folder, "work_ansver.parquet");
    const groups = await rowGroups(result);
    assert(groups.length > Response.Job!.Partitions, `row groups of ${groups}`);
    assert(groups.every((rows) => rows <= 2 ** 20));
    const input = quoted(join(folder, "time_series.parquet"));
    const names = `['a', null, 'ж', 'd', 'a', '', 'a longer one', 'ж', 'i']`;
    const [[wrong, count]] = await duckdb.rows(
      `select count(*) filter (value is distinct from u or name is distinct from ${names}[1 + n % ${TIMES}]
         or place is distinct from '{"row":' || n % ${TIMES} || '}'), count(*)
       from (select *, row_number() over () - 1 as n from ${quoted(result)})
       join (select u, row_number() over () - 1 as k from ${input}) on k = n // ${TIMES}`,
    ) as [[bigint, bigint]];
    assertEquals([wrong, count], [0n, BigInt(ROWS * TIMES)]);
  });
}
