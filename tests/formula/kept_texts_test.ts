/** Text columns that are carried to a result of chosen rows, of random files: against DuckDB. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { randomNumbers } from "../support/parquet/files.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

/** Texts of a row `i`, so that few or many of them differ. */
const TEXTS = [
  "'unit ' || (i * 7919 % 5)",
  "'' || hash(i)",
  "case when i % 3 = 0 then null when i % 3 = 1 then '' else 'Ünïcode 温 😀 ' || (i % 1000) end",
  "repeat('long ', (i % 7)::int * 20) || (i // 50)",
  "null::varchar",
  "case when i < 20000 then 'first ' || (i % 4) else 'then ' || i end",
];

const OPTIONS = [
  "compression snappy",
  "compression zstd, parquet_version v2",
  "compression uncompressed, dictionary_size_limit 1",
];

const FORMULA = (most: number) =>
  `export const filter = { n: { $lt: ${most} } };
   export const keep = ["text", "site", "id"];
   export const map = ({ n }) => ({ twice: n.map((value) => 2 * value) });`;

for (const way of ways) {
  const shared = shareService(way);

  randomTest("kept-texts", `texts of chosen rows are carried [${way.name}]`, async () => {
    const random = randomNumbers(SEED);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    for (const number of randomCases("kept-texts")) {
      const folder = await shared.folder();
      const files = 1 + Math.floor(random() * 3);
      const told: string[] = [];
      for (let file = 0; file < files; file++) {
        const below = join(folder, "data", `site=${pick(["A é", "B", "C"])}-${file}`);
        await Deno.mkdir(below, { recursive: true });
        const rows = Math.ceil(random() ** 2 * 150_000);
        // A file may lack the column.
        const text = file > 0 && random() < 0.3 ? null : pick(TEXTS);
        const options = `${pick(OPTIONS)}, row_group_size ${pick([2048, 40_960, 122_880])}`;
        const columns = [
          `i as id`,
          `(hash(i) % 100)::int as n`,
          ...text ? [`${text} as text`] : [],
        ];
        const written = `copy (select ${columns.join(", ")} from range(${rows}) t(i))
          to ${quoted(join(below, "data.parquet"))} (format parquet, ${options})`;
        told.push(written);
        await duckdb.run(written);
      }
      const most = pick([1, 10, 50, 100]);
      const { Response } = await runFormula(shared.server, folder, FORMULA(most), { Base: "data" });
      const report = `case ${number}, seed ${SEED}: n < ${most}\n${told.join("\n")}`;
      assertEquals(Response.Status, "complete", `${report}\n${JSON.stringify(Response)}`);
      const made = quoted(join(folder, "work_ansver.parquet"));
      const wanted = `select text, site, id, 2.0 * n as twice from read_parquet(${
        quoted(join(folder, "data/*/*.parquet"))
      }, hive_partitioning = true, union_by_name = true) where n < ${most}`;
      const columns = "text, site, id, twice::double as twice";
      const [[differ] = []] = await duckdb.rows(
        `select (select count(*) from (select ${columns} from ${made} except all ${wanted}))
              + (select count(*) from (${wanted} except all select ${columns} from ${made})) as differ`,
      );
      assertEquals(Number(differ), 0, report);
      const [[sorted] = []] = await duckdb.rows(
        `select coalesce(bool_and(site > before or (site = before and id > last)), true) as sorted
         from (select site, id, lag(site) over (order by file_row_number) as before,
                 lag(id) over (order by file_row_number) as last
               from read_parquet(${made}, file_row_number = true)) where before is not null`,
      );
      assert(sorted === true, `rows are not in the input's order; ${report}`);
    }
  });
}
