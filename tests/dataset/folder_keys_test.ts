/** Groups by what folders are named after, against DuckDB. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, oneOf, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** What folders are named after, by `n`, one of some numbers. */
const KEYS: ((n: string) => string)[] = [
  (n) => `(${n} * 37 - 500)::int`,
  (n) => `(${n} * 1000000007 - 9007199254740993)::bigint`,
  (n) => `date '2023-12-20' + ${n}::int`,
  (n) => `timestamp '2024-01-01' + interval (${n} * 600) second`,
  (n) => `'line ' || ${n}`,
  (n) => `'Ω/=%' || ${n}`,
];

/** A key of folders: of few or many values, some of them null. */
function folderKey(random: Random): string {
  const number = `(hash(row // ${oneOf(random, [1, 97])}, ${random(99)}) % ${
    1 + random(12)
  })::bigint`;
  const value = oneOf(random, KEYS)(number);
  return random(3) === 0 ? `case when ${number} = 0 then null else ${value} end` : value;
}

/** Rows of more than sixteen partitions, of which workers sum up some that follow each other as one. */
const MANY = 2_500_000;

const KEY_IN_FILES = `case when row % 7 = 3 then null else (hash(row, 8) % 5)::int end`;

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "folder-keys",
    `groups by folders are those of DuckDB [${way.name}]`,
    async () => {
      for (const index of randomCases("folder-keys")) {
        const random = fuzzRandom(index);
        const folders = Array.from({ length: 1 + random(2) }, () => folderKey(random));
        const [f0, f1] = folders;
        const rows = oneOf(random, [1, 3000, 60_000, 60_000, 400_000, MANY]);
        const path = await shared.folder();
        const parts = join(path, "parts");
        // Of some folders there are two files or three, and of each of them several row groups.
        const files = 1 + random(3);
        for (let file = 0; file < files; file++) {
          await duckdb.run(
            `copy (select ${f0} as f0, ${
              f1 === undefined ? "" : `${f1} as f1,`
            } ${KEY_IN_FILES} as k,
           (hash(row, 4) % 1000)::double - 500 as u, case when row % 5 = 2 then null else u / 8 end as v
           from range(${rows}) t(row) where row % ${files} = ${file})
           to ${quoted(parts)} (format parquet, row_group_size ${
              rows === MANY ? 20480 : 2048
            }, append,
           filename_pattern 'part_${file}_{uuid}', partition_by (${
              f1 === undefined ? "f0" : "f0, f1"
            }))`,
          );
        }
        const names = ["f0", "f1", "k"].filter((name) => name !== "f1" || f1 !== undefined)
          .filter((name) => name === "f0" || random(2));
        if (random(2)) names.reverse();
        const isFiltered = random(3) === 0;
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups";
         ${isFiltered ? "export const filter = { u: { $gt: 480 } };" : ""}
         export const { chunk, combine, aggregate } = groupBy(${
            JSON.stringify(names)
          }).count().sum("u").sum("v").std("v").min("v").max("v");`,
          { Base: "parts" },
        );
        const text = `case ${index}: ${folders}; by ${names}; ${rows} rows, filter ${isFiltered}`;
        assertEquals(Response.Status, "complete", `${text}: ${JSON.stringify(Response)}`);
        const data = `read_parquet(${quoted(`${parts}/**/*.parquet`)}, hive_partitioning = true)`;
        const where = isFiltered ? "where u > 480" : "";
        const list = names.map((name) => `${name}::varchar as ${name}`);
        const figures =
          "count(*)::int, sum(u), coalesce(sum(v), 0), round(stddev_samp(v), 4), min(v), max(v)";
        const wanted = `select ${list}, ${figures} from ${data} ${where} group by ${names}`;
        const own = (await duckdb.rows(
          `select column_name from (describe from ${quoted(join(path, "work_ansver.parquet"))})`,
        )).flat().slice(names.length).map((name) => `"${name}"`);
        const [count, sum, sumV, std, ...extremes] = own;
        const found = `select ${list}, ${count}::int, ${sum}, ${sumV},
          round(nullif(${std}, 'NaN'::double), 4),
          ${extremes.map((name) => `nullif(${name}, 'NaN'::double)`)} from ${
          quoted(join(path, "work_ansver.parquet"))
        }`;
        const [[missing, others]] = await duckdb.rows(
          `select (select count(*) from (${wanted} except all ${found}))::int,
         (select count(*) from (${found} except all ${wanted}))::int`,
        ) as [[number, number]];
        assertEquals([missing, others], [0, 0], text);
      }
    },
  );
}
