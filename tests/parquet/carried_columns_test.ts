import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { type OpenedFile, openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { LONG } from "../support/suite_options.ts";
import { startServer, ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { sameBytes } from "../support/numeric_values.ts";

const duckdb = await sharedDuckDB();

const FORMULA = `
export const keep = ["time", "unit"];
export function map({ u }) {
  const twice = new Float64Array(u.length);
  for (let row = 0; row < u.length; row++) twice[row] = 2 * u[row];
  return { twice };
}`;

const ROWS = 460_000;

/** Two row groups of two partitions each, and a smaller one. Times are odd microseconds, some are null. */
async function writeData(path: string, options = ""): Promise<void> {
  await duckdb.run(
    `copy (select i / 7 as u,
       case when i % 10 = 3 then null
         else make_timestamp(1714521600000001 + 1001 * i) end as time,
       'pump ' || (i % 20) as unit, -i as other
     from range(${ROWS}) t(i)) to ${quoted(path)} (row_group_size 204800 ${options})`,
  );
}

/** Columns that can't hold a null, and one whose nulls nobody has counted; by a writer that is neither ours nor DuckDB. */
async function writeRequired(path: string, rows: number, rowGroupSize: number): Promise<void> {
  const count = Array.from({ length: rows }, (_, row) => row);
  const required = { nullable: false };
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "u", type: "DOUBLE", data: Float64Array.from(count, (k) => k / 7), ...required },
      { name: "i32", type: "INT32", data: Int32Array.from(count, (k) => 5 - k), ...required },
      { name: "i64", type: "INT64", data: count.map((k) => BigInt(k) << 33n), ...required },
      { name: "flag", type: "BOOLEAN", data: count.map((k) => k % 3 === 0), ...required },
      { name: "unit", type: "STRING", data: count.map((k) => `pump ${k % 9}`), ...required },
      { name: "time", type: "TIMESTAMP", data: count.map((k) => new Date(k * 997)), ...required },
      {
        name: "uncounted",
        type: "DOUBLE",
        data: count.map((k) => k % 4 ? k : null),
        statistics: false,
      },
    ],
    rowGroupSize,
  });
  await Deno.writeFile(path, new Uint8Array(buffer));
}

const REQUIRED = ["i32", "i64", "flag", "unit", "time", "uncounted"];

const rowsOfGroups = ({ rowGroups }: OpenedFile) =>
  rowGroups().map(({ num_rows }) => Number(num_rows));

/** Names of kept columns whose stored bytes are those of the input in every row group. */
function carriedNames(from: OpenedFile, to: OpenedFile): string[] {
  const leaf = (file: OpenedFile, name: string) =>
    file.columns.find((column) => column.name === name)?.leaf;
  return to.columns.map(({ name }) => name).filter((name) => {
    const [own, other] = [leaf(to, name)!, leaf(from, name)];
    if (other === undefined || rowsOfGroups(from).join() !== rowsOfGroups(to).join()) return false;
    const stored = storedBytes(from, other);
    return storedBytes(to, own).every((bytes, group) => sameBytes(bytes, stored[group]!));
  });
}

/** The stored bytes of a column in each row group. */
function storedBytes(file: OpenedFile, leaf: number): Uint8Array[] {
  const all = Deno.readFileSync(file.path);
  return file.rowGroups().map(({ columns }) => {
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = columns[leaf]!
      .meta_data!;
    const start = Number(dictionary_page_offset ?? data_page_offset);
    return all.subarray(start, start + Number(total_compressed_size));
  });
}

for (const way of ways) {
  const shared = shareService(way, { args: ["--workers", "2"] });

  for (const options of ["", ", codec zstd, parquet_version v2"]) {
    Deno.test(`kept columns are carried as their stored bytes${options} [${way.name}]`, async () => {
      const path = await shared.folder();
      const base = join(path, "time_series.parquet"), result = join(path, "work_ansver.parquet");
      await writeData(base, options);
      const { Response } = await runFormula(shared.server, path, FORMULA);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const [from, to] = [openParquet(base), openParquet(result)];
      assertEquals(rowsOfGroups(to), [204_800, 204_800, 50_400]);
      assertEquals(carriedNames(from, to), ["time", "unit"]);
      for (const [carried, original] of [[0, 1], [1, 2]] as const) {
        const statistics = ({ rowGroups }: OpenedFile, leaf: number) =>
          rowGroups().map(({ columns }) => {
            const { min_value, max_value, null_count } = columns[leaf]!.meta_data!.statistics!;
            return { min_value, max_value, null_count };
          });
        assertEquals(statistics(to, carried), statistics(from, original));
      }
      // Bounds that lost their microseconds would make DuckDB leave out the row that it looks for.
      for (const edge of [0, 204_799, 204_800, ROWS - 1]) {
        const found = await duckdb.rows(
          `select twice from ${quoted(result)} where time = make_timestamp(1714521600000001 + ${
            1001 * edge
          })`,
        );
        assertEquals(found, [[2 * (edge / 7)]]);
      }
      const differing = await duckdb.column(
        `select count(*) from (select time, unit, 2 * u as twice from ${quoted(base)})
         positional join (select time as t, unit as n, twice as w from ${quoted(result)})
         where time is distinct from t or unit <> n or twice <> w`,
      );
      assertEquals(differing, [0n]);
    });
  }

  Deno.test(`columns without nulls or null counts are carried unchanged [${way.name}]`, async () => {
    const path = await shared.folder();
    const base = join(path, "time_series.parquet"), result = join(path, "work_ansver.parquet");
    const formula = `export const keep = ${JSON.stringify(REQUIRED)};
      export const map = ({ u }) => ({ twice: u.map((v) => 2 * v) });`;
    // Row groups that are partitions, of two partitions, and of a part of one: these are written anew.
    for (const [size, carried] of [[70_000, true], [150_000, true], [30_000, false]] as const) {
      await writeRequired(base, 160_000, size);
      const { Response } = await runFormula(shared.server, path, formula);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const [from, to] = [openParquet(base), openParquet(result)];
      assertEquals(carriedNames(from, to), carried ? REQUIRED : []);
      const repetitions = await duckdb.rows(
        `select name, repetition_type from parquet_schema(${
          quoted(result)
        }) where type is not null`,
      );
      assertEquals(repetitions, [
        ...REQUIRED.map((name) => [name, name === "uncounted" ? "OPTIONAL" : "REQUIRED"]),
        ["twice", "OPTIONAL"],
      ]);
      const differing = await duckdb.column(
        `select count(*) from (select * exclude (twice) from ${quoted(result)})
         positional join (select columns(*) as "b_\\0" from ${quoted(base)})
         where ${REQUIRED.map((name) => `${name} is distinct from b_${name}`).join(" or ")}`,
      );
      assertEquals(differing, [0n]);
      assertEquals(
        await duckdb.column(`select count(*) from ${quoted(result)}
        where uncounted is null and twice < 5000`),
        [4375n],
      );
      assertEquals(await duckdb.column(`select count(uncounted) from ${quoted(result)}`), [
        120_000n,
      ]);
    }
  });

  Deno.test(`row groups of any usual size are carried, few or many [${way.name}]`, async () => {
    const path = await shared.folder();
    const base = join(path, "time_series.parquet"), result = join(path, "work_ansver.parquet");
    const strings = FORMULA.replace(
      "{ twice }",
      "{ twice, name: Array.from(u, (v) => `${v > 1}`) }",
    );
    const sizes: [rows: number, rowGroup: number][] = [
      [1_100_000, 1_048_576], // pyarrow's, and a small rest
      ...LONG ? [[1_000_000, 1_000_000] as [number, number]] : [],
      [250_000, 122_880], // DuckDB's
      [524_288, 262_144], // Polars'
    ];
    for (const [rows, rowGroup] of sizes) {
      await duckdb.run(
        `copy (select i / 7 as u, i as time, 'pump ' || (i % 20) as unit from range(${rows}) t(i))
         to ${quoted(base)} (row_group_size ${rowGroup})`,
      );
      // A million texts take long, and come in parts as those of smaller row groups do.
      for (const formula of LONG || rowGroup < 500_000 ? [FORMULA, strings] : [FORMULA]) {
        const { Response } = await runFormula(shared.server, path, formula);
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const [from, to] = [openParquet(base), openParquet(result)];
        // A column of few texts has a dictionary in each partition: parts of a row group can't be joined.
        const whole = formula === FORMULA || rowGroup === 122_880;
        assertEquals(carriedNames(from, to), whole ? ["time", "unit"] : [], `${rowGroup}`);
        const differing = await duckdb.column(
          `select count(*) from ${quoted(result)} positional join
           (select time as t, unit as n, 2 * u as w ${formula === strings ? ", u > 1 as m" : ""}
            from ${quoted(base)}) where time is distinct from t or unit is distinct from n
           or twice is distinct from w ${
            formula === strings ? "or name is distinct from m::text" : ""
          }`,
        );
        assertEquals(differing, [0n]);
      }
    }
  });

  Deno.test(`bytes of unused columns are never read [${way.name}]`, async () => {
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"));
    const { rowGroups } = openParquet(join(path, "time_series.parquet"));
    const sizeOf = (...leaves: number[]) =>
      rowGroups().flatMap(({ columns }) =>
        leaves.map((leaf) => Number(columns[leaf]!.meta_data!.total_compressed_size))
      ).reduce((sum, size) => sum + size);
    const touched: [formula: string, leaves: number[], carried: number[]][] = [
      [`export const chunk = ({ u }) => u[0]; export const combine = (a, b) => a + b;`, [0], []],
      [
        `export const chunk = (chunk) => chunk.codes("unit").codes.length + chunk.time.length;
         export const combine = (a, b) => a + b;`,
        [1, 2],
        [],
      ],
      [FORMULA, [0], [1, 2]],
      [`export const main = async (frame) => (await frame.column("u")).length;`, [0], []],
    ];
    await using alone = await startServer(way, { root: path, args: ["--workers", "1"] });
    for (const [formula, decoded, carried] of touched) {
      const size = sizeOf(...decoded, ...carried);
      // Of two workers that share in a row group, one reads what comes before its part of a page, too.
      for (
        const [server, again] of [[alone, 0], [shared.server, sizeOf(...decoded) / 2]] as const
      ) {
        const { Response } = await runFormula(server, path, formula);
        const read = Response.Job!.BytesRead;
        // Headers of pages may be read together with a little of what lies behind them.
        const most = 1.05 * (size + again) + 100_000;
        assert(read >= size && read < most, `${read} bytes instead of ${size}`);
      }
    }
  });

  Deno.test(`arrays that a formula keeps never change [${way.name}]`, async () => {
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"));
    const { Response } = await runFormula(
      shared.server,
      path,
      `const kept = [];
       const sumOf = (values) => {
         let sum = 0;
         for (let k = 0; k < values.length; k++) sum += values[k] === values[k] ? values[k] : 1;
         return sum;
       };
       let looks = 0;
       export function map(chunk) {
         const { codes } = chunk.codes("unit");
         for (const values of [chunk.u, chunk.time, codes, chunk.other, chunk.validity("time")]) {
           kept.push({ values, sum: sumOf(values) });
         }
         for (const { values, sum } of kept) {
           if (sumOf(values) !== sum) throw new Error("an array has changed");
           looks++;
         }
         // What was returned is the formula's, too.
         const twice = chunk.u.map((value) => 2 * value);
         kept.push({ values: twice, sum: sumOf(twice) });
         return { twice, looks: new Float64Array(twice.length).fill(looks) };
       }`,
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const result = quoted(join(path, "work_ansver.parquet"));
    const [[looks, wrong]] = await duckdb.rows(
      `select max(looks), count(*) filter (twice <> 2 * u)
       from ${result} positional join ${quoted(join(path, "time_series.parquet"))}`,
    ) as [[number, bigint]];
    assert(looks > 20);
    assertEquals(wrong, 0n);
  });
}
