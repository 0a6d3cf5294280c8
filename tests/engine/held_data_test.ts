/** Jobs one after another on the same data, and on what has become of it: threads hold it between them. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { join } from "@std/path";
import { expandBase } from "../../mod/base.ts";
import { openDataset } from "../../mod/dataset/open_dataset.ts";
import { sentDataset } from "../../mod/dataset/sent_dataset.ts";
import { Roots } from "../../mod/system/roots.ts";
import { runFormula } from "../support/fixtures.ts";
import { keptAlive } from "../support/kept_alive.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

/** How long ago a file must have been changed to be known again, and a little. */
const SETTLED = 2100;
const settled = () => new Promise((go) => setTimeout(go, SETTLED));

const FORMULA = `
  import { groupBy } from "measuring/groups";
  const by = groupBy("unit").sum("u");
  export const chunk = by.chunk, combine = by.combine;
  export const aggregate = (groups) => {
    const { unit, sum_u } = by.aggregate(groups);
    return { sums: Object.fromEntries([...unit].map((name, k) => [name, sum_u[k]])) };
  };`;

async function write(path: string, first: number): Promise<void> {
  await duckdb.run(
    `copy (select (${first} + k)::double as u from range(1000) r(k)) to ${quoted(path)}
     (format parquet, compression uncompressed)`,
  );
}

async function makeParts(folder: string, base: string, firsts: Record<string, number>) {
  for (const [unit, first] of Object.entries(firsts)) {
    await Deno.mkdir(join(folder, base, `unit=${unit}`), { recursive: true });
    await write(join(folder, base, `unit=${unit}`, "a.parquet"), first);
  }
}

const sumFrom = (first: number) => 1000 * first + 499_500;

for (const way of ways) {
  for (const elsewhere of [false, true]) {
    const where = elsewhere ? "elsewhere" : "beside the formula";
    Deno.test(`jobs on data ${where} see it as it is, whatever jobs before them saw [${way.name}]`, async () => {
      await using folder = await tempDir();
      const data = join(folder.path, "data");
      await makeParts(data, "parts", { 1: 0, 2: 5000 });
      await makeParts(data, "others", { 1: 100 });
      await settled();
      await using server = await startServer(way, { root: folder.path, args: ["--workers", "2"] });
      const directory = elsewhere ? join(folder.path, "work") : data;
      await Deno.mkdir(directory, { recursive: true });
      const seen = async (base: string, wanted: Record<string, number>) => {
        const { Response } = await runFormula(server, directory, FORMULA, {
          Base: elsewhere ? `../data/${base}` : base,
        });
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const sums = Object.entries(wanted).map(([unit, first]) => [unit, sumFrom(first)]);
        assertEquals(Response.Result, { sums: Object.fromEntries(sums) });
      };
      for (let round = 0; round < 3; round++) await seen("parts", { 1: 0, 2: 5000 });
      await seen("others", { 1: 100 });
      await seen("parts", { 1: 0, 2: 5000 });
      await seen("parts*/*=2/*.parquet", { 2: 5000 });
      await Deno.rename(join(data, "parts/unit=1"), join(data, "parts/unit=3"));
      await seen("parts", { 2: 5000, 3: 0 });
      const path = join(data, "parts/unit=2/a.parquet"), { mtime } = await Deno.stat(path);
      await write(join(folder.path, "new"), 7000);
      await Deno.writeFile(path, await Deno.readFile(join(folder.path, "new")));
      await Deno.utime(path, mtime!, mtime!);
      await seen("parts", { 2: 7000, 3: 0 });
      await settled();
      for (let round = 0; round < 2; round++) await seen("parts", { 2: 7000, 3: 0 });
      await makeParts(data, "parts", { 4: 9000 });
      await seen("parts", { 2: 7000, 3: 0, 4: 9000 });
    });
  }
}

Deno.test("what is sent of a dataset is the same object as long as its files are as they were", async () => {
  using _alive = keptAlive();
  await using folder = await tempDir();
  const { path } = folder;
  await makeParts(path, "parts", { 1: 0, 2: 5000 });
  const sent = async (base: string) => {
    const { name, files } = await expandBase(new Roots([path]), path, base);
    return sentDataset(openDataset(name, files));
  };
  assertEquals((await sent("parts")).hold, null); // it has just been written
  await settled();
  const first = await sent("parts");
  assertEquals(typeof first.hold, "number");
  assertStrictEquals(await sent("parts"), first);
  const other = await sent("parts/unit=1");
  assertEquals(other.dataset.rows, 1000);
  const again = await sent("parts");
  assertEquals(again.dataset, first.dataset);
  assertEquals(again.hold === first.hold, false);
  await Deno.rename(join(path, "parts/unit=1"), join(path, "parts/unit=3"));
  assertEquals((await sent("parts")).dataset.files.map(({ hive }) => hive.unit), ["2", "3"]);
});
