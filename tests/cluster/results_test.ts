/** Results of other forms than one Parquet file, which the nodes of a cluster make together. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { tableFromIPC } from "apache-arrow";
import { shareCluster, tidy } from "../support/cluster_stage.ts";
import { doneByNodes } from "../support/cluster.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { listing, readRows, writeSample } from "../support/fixtures.ts";
import { finish, ways } from "../support/harness.ts";
import { end, submit, told, writeFormulas } from "../support/job_requests.ts";

const duckdb = await sharedDuckDB();
const ROWS = 400_000;

for (const way of ways) {
  const test = shareCluster(way, { server: ["--limit", "task-partitions=1"] });

  test(
    "lines that several nodes print have times and partitions, and the formula is kept",
    async (stage, folder) => {
      const [server] = await stage.up(2);
      await writeSample(folder, ROWS, 66_000, "sample.parquet");
      const text = `
        export async function map({ u }, { log, partition }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          log("partition", partition);
          return { u };
        }`;
      await writeFormulas(folder, { "mapped.ts": text });
      const began = Date.now();
      const done = await doneByNodes(server, 2, [folder, "mapped.ts", { Base: "sample.parquet" }]);
      assertEquals([done.State, done.Error], ["complete", undefined]);
      const { Log, LogTimes, LogPartitions } = await told(server, "Log", { Id: done.Id });
      const named = LogPartitions.map((partition: number) => `partition ${partition}`);
      assertEquals(Log, named);
      assertEquals(LogPartitions.toSorted(), Array.from({ length: done.Partitions }, (_, k) => k));
      for (const time of LogTimes) {
        assert(Date.parse(time) >= began && Date.parse(time) <= Date.now(), time);
      }
      const { Formula } = await told(server, "Formula", { Id: done.Id });
      assertEquals([Formula.Text, Formula.Modules.length], [text, 1]);
      await tidy(folder);
    },
  );

  test("lines of CSV that several nodes made are one file, in order", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { u } = await writeSample(folder, ROWS, 66_000, "sample.parquet");
    await writeFormulas(folder, {
      "mapped.ts": `
        export const keep = ["n"];
        export async function map({ u }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return { twice: u.map((v) => 2 * v), text: Array.from(u, (v) => v > 0 ? "\\"a\\",\\n" : null) };
        }`,
    });
    const fields = { Base: "sample.parquet", Output: "mapped.csv" };
    const done = await doneByNodes(server, 2, [folder, "mapped.ts", fields]);
    assertEquals([done.State, done.Error, done.Result?.File], [
      "complete",
      undefined,
      "mapped.csv",
    ]);
    const lines = (await Deno.readTextFile(join(folder, "mapped.csv"))).split("\r\n");
    assertEquals([lines.length, lines[0], lines.at(-1)], [ROWS + 2, "n,twice,text", ""]);
    for (let row = 0; row < ROWS; row++) {
      const [n, twice, ...text] = lines[row + 1]!.split(",");
      const wanted = u[row]! > 0 ? '"""a"",\n"' : "";
      if (Number(n) === row && Number(twice) === 2 * u[row]! && text.join(",") === wanted) continue;
      assertEquals(lines[row + 1], `${row},${2 * u[row]!},${wanted}`);
    }
    await tidy(folder);
  });

  test("rows that several nodes made are one file of Arrow, in order", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { u } = await writeSample(folder, ROWS, 66_000, "sample.parquet");
    await writeFormulas(folder, {
      "mapped.ts": `
        export const keep = ["n", "unit"];
        export const units = { twice: "kV" };
        export async function map({ u, n }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return {
            twice: u.map((v) => 2 * v),
            late: Array.from(n, (v) => v < 300_000 ? null : v / 2),
          };
        }`,
    });
    const fields = { Base: "sample.parquet", Output: "mapped.arrow" };
    const done = await doneByNodes(server, 2, [folder, "mapped.ts", fields]);
    assertEquals([done.State, done.Error, done.Result?.File], [
      "complete",
      undefined,
      "mapped.arrow",
    ]);
    const bytes = await Deno.readFile(join(folder, "mapped.arrow"));
    const table = tableFromIPC(bytes);
    assertEquals(table.schema.names, ["n", "unit", "twice", "late"]);
    assertEquals(table.schema.fields[2]!.metadata.get("unit"), "kV");
    assertEquals(table.numRows, ROWS);
    const [n, unit, twice, late] = table.schema.names.map((name) => table.getChild(name)!);
    for (let row = 0; row < ROWS; row++) {
      const one = [Number(n!.get(row)), unit!.get(row), twice!.get(row), late!.get(row)];
      const wanted = [row, `unit ${row % 7}`, 2 * u[row]!, row < 300_000 ? null : row / 2];
      if (one.every((value, k) => value === wanted[k])) continue;
      assertEquals(one, wanted);
    }
    // Nodes put the same record batches together as one program alone.
    await Deno.rename(join(folder, "mapped.arrow"), join(folder, "made.arrow"));
    const alone = await finish(way, [
      ...["run", "--directory", folder, "--base", "sample.parquet", "--file", "mapped.ts"],
      ...["--output", "mapped.arrow"],
    ]);
    assertEquals(alone.code, 0, alone.stderr);
    const own = tableFromIPC(await Deno.readFile(join(folder, "mapped.arrow")));
    assertEquals(
      own.batches.map(({ numRows }) => numRows),
      table.batches.map(({ numRows }) => numRows),
    );
    await tidy(folder);
  });

  test("rows that several nodes parted are one folder, in order", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { u } = await writeSample(folder, ROWS, 66_000, "sample.parquet");
    await writeFormulas(folder, {
      "mapped.ts": `
        export const keep = ["n", "unit", "u"];
        export async function map({ n }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return { half: n.map((v) => v % 2), sparse: Array.from(n, (v) => v === 3 ? "x" : null) };
        }`,
      "plain.ts": `
        export const keep = ["unit"];
        export const units = { twice: "kV" };
        export async function map({ u }) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return { twice: u.map((v) => 2 * v) };
        }`,
      "reduced.ts": `
        import { groupBy } from "measuring/groups";
        export const { chunk, combine, aggregate } = groupBy("unit").mean("u").count();`,
    });
    const fields = { Base: "sample.parquet", Output: "parted/{unit}/{half}/" };
    const done = await doneByNodes(server, 2, [folder, "mapped.ts", fields]);
    assertEquals([done.State, done.Error, done.Result?.File], ["complete", undefined, "parted/"]);
    let rows = 0;
    for (const [k, half] of [0, 1, 2, 3, 4, 5, 6].flatMap((k) => [[k, 0], [k, 1]] as const)) {
      const path = join(folder, `parted/unit=unit%20${k}/half=${half}/part.0.parquet`);
      let row = half === k % 2 ? k : k + 7;
      for (const { n, u: value, sparse, ...others } of await readRows(path)) {
        if (n !== row || value !== u[row] || sparse !== (row === 3 ? "x" : null)) {
          assertEquals([n, value, sparse], [row, u[row], row === 3 ? "x" : null]);
        }
        if (Object.keys(others).length > 0) assertEquals(others, {});
        row += 14;
        rows++;
      }
    }
    assertEquals(rows, ROWS);
    assertEquals(listing(join(folder, "parted")).length, 7);

    const reduced = await submit(server, folder, "reduced.ts", {
      ...fields,
      Output: "means/{unit}/",
    });
    assertEquals((await end(server, reduced.Id)).State, "complete");
    assertEquals(listing(join(folder, "means")), listing(join(folder, "parted")));

    const wrong = await submit(server, folder, "mapped.ts", { ...fields, Output: "other/{unti}/" });
    const failed = await end(server, wrong.Id);
    assertEquals([failed.State, failed.Error.Code], ["failed", "BAD_REQUEST"]);

    // What nodes have put together is computed again here.
    const plain = [folder, "plain.ts", { ...fields, Output: "parts/" }] as const;
    assertEquals((await doneByNodes(server, 2, plain)).State, "complete");
    const whole = await submit(server, folder, "mapped.ts", { ...fields, Output: "whole" });
    assertEquals((await end(server, whole.Id)).State, "complete");
    for (
      const [name, stored] of [
        ["parted", /it has the same bytes/],
        ["means", /it has the same bytes/],
        ["whole.parquet", /it has the same bytes/],
        ["parts", /all values are the same, bit for bit/],
      ] as const
    ) {
      const { code, stdout, stderr } = await finish(way, ["verify", join(folder, name)]);
      assertEquals(code, 0, `${name}: ${stdout}${stderr}`);
      assertMatch(stdout, stored);
      const text = (await finish(way, ["lineage", "--json", join(folder, name)])).stdout;
      assertEquals(JSON.parse(text).Request.Base, "sample.parquet");
    }
    for (const { name } of Deno.readDirSync(join(folder, "parts"))) {
      const told = await duckdb.plainRows(
        `select distinct path_in_schema, decode(key_value_metadata['unit']) from parquet_metadata(${
          quoted(join(folder, "parts", name))
        }) order by 1`,
      );
      assertEquals(told, [["twice", "kV"], ["unit", null]]);
    }
    await tidy(folder);
    assertEquals(listing(folder).includes("other"), false);
  });

  test(
    "tables that several nodes made have the bytes that one machine makes",
    async (stage, folder) => {
      const [server] = await stage.up(2);
      await writeSample(folder, ROWS, 66_000, "sample.parquet");
      const text = `
      export const tables = ["high", "few"];
      export const units = { u: "V" };
      export async function map({ u, n, unit }) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const few = n.filter((v) => v % 90_000 === 7);
        return {
          high: { n: n.filter((_, k) => u[k] > 0), u: u.filter((v) => v > 0), unit: unit.filter((_, k) => u[k] > 0) },
          few: { n: few, text: Array.from(few, (v) => v === 7 ? null : "row " + v) },
        };
      }`;
      await writeFormulas(folder, {
        "mapped.ts": text,
        "wrong.ts": text.replace("few: {", "fewer: {"),
        "reduced.ts": `
        export const tables = ["sums", "counts"];
        export const chunk = ({ u, n }) => ({ sum: u.reduce((a, b) => a + b, 0), count: n.length });
        export const combine = (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count });
        export const aggregate = ({ sum, count }) => ({ sums: { sum: [sum] }, counts: { count: [count] } });`,
      });
      for (
        const [formula, tables] of [["mapped", ["high", "few"]], ["reduced", [
          "sums",
          "counts",
        ]]] as const
      ) {
        for (const ending of ["parquet", "csv"]) {
          const fields = { Base: "sample.parquet", Output: `${formula}.${ending}` };
          const of = [folder, `${formula}.ts`, fields] as const;
          const done = formula === "mapped"
            ? await doneByNodes(server, 2, of)
            : await end(server, (await submit(server, ...of)).Id);
          const files = tables.map((name) => `${formula}.${name}.${ending}`);
          assertEquals([done.State, done.Error], ["complete", undefined]);
          assertEquals(
            [done.Result?.File, done.Tables?.map(({ File }: { File: string }) => File)],
            [
              files[0],
              files,
            ],
          );
          const args = [
            "run",
            "--directory",
            folder,
            "--base",
            "sample.parquet",
            "--file",
            `${formula}.ts`,
          ];
          const alone = await finish(way, [...args, "--output", `alone.${ending}`]);
          assertEquals(alone.code, 0, alone.stderr);
          for (const [k, name] of tables.entries()) {
            const path = join(folder, files[k]!);
            if (ending === "csv") {
              const same = join(folder, `alone.${name}.csv`);
              assertEquals(await Deno.readTextFile(path), await Deno.readTextFile(same));
              continue;
            }
            const { code, stdout } = await finish(way, ["verify", path]);
            assertEquals(code, 0, stdout);
            assertMatch(stdout, /it has the same bytes/);
          }
        }
      }
      const wrong = await submit(server, folder, "wrong.ts", {
        Base: "sample.parquet",
        Output: "wrong",
      });
      const failed = await end(server, wrong.Id);
      assertMatch(
        failed.Error?.Message,
        /returned "fewer", which export "tables" doesn't name: did you mean few\?/,
      );
      const parted = await submit(server, folder, "mapped.ts", {
        Base: "sample.parquet",
        Output: "parts/",
      });
      assertEquals((await end(server, parted.Id)).Error?.Code, "BAD_REQUEST");
      await tidy(folder);
      assertEquals(
        listing(folder).some((name) => name.startsWith("wrong.") && name !== "wrong.ts"),
        false,
      );
    },
  );
}
