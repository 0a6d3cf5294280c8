/** Random filters on files of any encoding and size of pages, against DuckDB: the rows, and their values. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { compileFilter } from "../../mod/dataset/predicate.ts";
import { type OpenedDataset, rowRange } from "../../mod/dataset/dataset.ts";
import { openDataset } from "../../mod/dataset/open_dataset.ts";
import { planFiltered } from "../../mod/dataset/prune.ts";
import { DatasetReader } from "../../mod/dataset/reader.ts";
import { selected } from "../../mod/dataset/select.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inChunk } from "../support/parquet/files.ts";
import { tempDir } from "../support/harness.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

const FILTERS_A_FILE = 20;

/** How a column's values are made, in SQL by the row `i` and a number `h` from 0 to 999 that depends on it. */
const COLUMNS: Record<string, readonly string[]> = {
  time: [
    "timestamp '2024-01-01' + interval (i) second",
    "timestamp '2024-01-01' + interval (h) hour",
  ],
  day: ["date '2024-01-01' + (i // 500)::int"],
  n16: ["h::smallint - 500", "(i % 7)::smallint"],
  cents: ["(h / 4)::decimal(9, 2)"],
  n32: ["h::int - 500", "(i // 100)::int", "(i % 3)::int"],
  n64: ["h * 1000000007 - 5", "i + 9007199254740990 - 2000"],
  f64: [
    "case when h < 30 then 'nan' when h < 50 then 'inf' when h < 70 then '-0' else h / 8 end::double",
  ],
  f32: ["case when h < 30 then 'nan' when h < 70 then '-inf' else h / 4 end::float"],
  few: [
    "'unit ' || (h % 8)",
    "'unit ' || (i // 700)",
    "chr((57344 + h % 3)::int) || 'é' || chr((128512 + h % 3)::int)",
  ],
  many: ["'text ' || h || ' of ' || i", "repeat('long ', (h % 40)) || chr((65 + h % 26)::int)"],
};
const NAMES = Object.keys(COLUMNS);

function columnsOf(random: Random): string {
  const list = NAMES.map((name) => {
    const forms = COLUMNS[name]!, form = forms[random(forms.length)]!;
    const nulls = [0, 0, 3, 300, 990][random(5)]!;
    return `case when hash(i, '${name}') % 1000 < ${nulls} then null else ${form} end as ${name}`;
  });
  return ["i as id", ...list].join(", ");
}

/** Options of pyarrow's writer. */
function writerOptions(rows: number, random: Random): Record<string, unknown> {
  const options: Record<string, unknown> = {
    row_group_size: Math.ceil(rows / (1 + random(5))),
    data_page_size: [200, 5_000, 1 << 20][random(3)]!,
    write_batch_size: [10, 1000][random(2)]!,
    compression: ["snappy", "zstd", "none", "gzip"][random(4)]!,
    write_page_index: random(2) === 1,
    data_page_version: ["1.0", "2.0"][random(2)]!,
  };
  const encodings = random(3);
  if (encodings === 0) {
    return { ...options, dictionary_pagesize_limit: [50, 3000, 1 << 20][random(3)]! };
  }
  if (encodings === 1) return { ...options, use_dictionary: false };
  const text = () => ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"][random(3)]!;
  const column_encoding = {
    ...{ time: "DELTA_BINARY_PACKED", n32: "DELTA_BINARY_PACKED", n64: "BYTE_STREAM_SPLIT" },
    ...{ f64: "BYTE_STREAM_SPLIT", few: text(), many: text() },
  };
  return { ...options, use_dictionary: false, column_encoding };
}

/** A filter, and the same in SQL: nulls fit no comparison, and what is negated fits where the rest does not. */
interface Asked {
  filter: unknown;
  sql: string;
}

/** Decimals are doubles to a formula. */
function inSelect(name: string): string {
  return name === "cents" ? `${name}::double` : name;
}

function nameOf(random: Random): string {
  return NAMES[random(NAMES.length)]!;
}

/** A filter of one condition on a column; a value is taken of the data, or near to one. */
async function condition(random: Random, name: string): Promise<Asked> {
  if (random(12) === 0) {
    const is = random(2) === 0;
    return {
      filter: { [name]: is ? null : { $ne: null } },
      sql: `${name} is ${is ? "" : "not "}null`,
    };
  }
  const values = (await duckdb.rows(
    `select ${
      shown(name)
    }, ${name}::varchar from data where ${name} is not null and ${name}::varchar != 'nan'
     order by hash(id, ${random(1000)}) limit 40`,
  )) as [string | number | bigint, string][];
  if (values.length === 0) return { filter: { [name]: null }, sql: `${name} is null` };
  if (random(3) === 0) {
    const some = values.slice(0, 1 + random(40));
    const [op, sql] = random(2) ? ["$in", "in"] : ["$nin", "not in"];
    const list = some.map(([, text]) => literal(name, text)).join(", ");
    return {
      filter: { [name]: { [op!]: some.map(([value]) => value) } },
      sql: `coalesce(${name} ${sql} (${list}), false)`,
    };
  }
  const [op, sql] = ([["$eq", "="], ["$ne", "!="], ["$gt", ">"], ["$gte", ">="], ["$lt", "<"], [
    "$lte",
    "<=",
  ]] as const)[random(6)]!;
  const [value, text] = values[0]!;
  // To DuckDB NaN is the greatest number.
  const known = name.startsWith("f") && op.startsWith("$g") ? ` and not isnan(${name})` : "";
  const isNumber = name === "f64" || name === "f32";
  return {
    filter: { [name]: { [op]: value } },
    sql: `coalesce(${name} ${sql} ${literal(name, text)}${isNumber ? known : ""}, false)`,
  };
}

/** How a filter has values of a column. */
function shown(name: string): string {
  if (name === "time") return `strftime(${name}, '%Y-%m-%dT%H:%M:%SZ')`;
  return name === "day"
    ? `${name}::varchar`
    : ["f32", "cents"].includes(name)
    ? `${name}::double`
    : name;
}

function literal(name: string, text: string): string {
  const type = {
    time: "timestamp",
    day: "date",
    n16: "smallint",
    cents: "decimal(9, 2)",
    n32: "int",
    n64: "bigint",
    f64: "double",
    f32: "float",
  }[name];
  return type ? `${quoted(text)}::${type}` : quoted(text);
}

/** @param only The column that all conditions are on; `null` for any. */
async function filterOf(
  depth: number,
  random: Random,
  only: string | null = null,
): Promise<Asked> {
  if (depth === 0 || random(3) === 0) return await condition(random, only ?? nameOf(random));
  const parts: Asked[] = [];
  const name = only ?? (random(3) === 0 ? nameOf(random) : null);
  for (let k = 0; k < 1 + random(3); k++) parts.push(await filterOf(depth - 1, random, name));
  const filters = parts.map(({ filter }) => filter), sql = parts.map((part) => `(${part.sql})`);
  switch (random(4)) {
    case 0:
      return { filter: { $and: filters }, sql: sql.join(" and ") };
    case 1:
      return { filter: { $or: filters }, sql: sql.join(" or ") };
    case 2:
      return { filter: { $nor: filters }, sql: `not (${sql.join(" or ")})` };
    default:
      return { filter: { $not: filters[0] }, sql: `not ${sql[0]}` };
  }
}

/** What a filter lets through of some columns, as formulas see them. */
function found(
  dataset: OpenedDataset,
  filter: unknown,
  names: string[],
  pruned: boolean,
): unknown[][] {
  using reader = new DatasetReader(dataset);
  const predicate = compileFilter(filter, dataset.columns);
  const partitions = pruned
    ? planFiltered(dataset, predicate).partitions
    : [rowRange(dataset, 0, dataset.rows)];
  return partitions.flatMap((of) => {
    const { partition, selection } = selected(predicate, reader, of);
    const columns = names.map((name) =>
      reader.column(name, partition, { int64: "bigint", rows: selection })
    );
    return Array.from(
      columns[0]!.values as ArrayLike<unknown>,
      (_, row) => columns.map(({ values, validity }) => validity?.[row] === 0 ? null : values[row]),
    );
  });
}

peerTest("filtered files give the rows of DuckDB's WHERE, and their values", async () => {
  using _ = tellAmount("filtered-files");
  await using folder = await tempDir();
  for (const round of randomCases("filtered-files")) {
    const random = randomFrom(SEED + round);
    const rows = round % 3 === 0 ? 1 + random(2) : 1 + random(30_000);
    const path = join(folder.path, "made.parquet"), target = join(folder.path, "data.parquet");
    const select = `select ${
      columnsOf(random)
    } from (select i, (hash(i, ${round}) % 1000)::bigint as h from range(${rows}) t(i))`;
    await duckdb.run(`copy (${select}) to ${quoted(path)} (format parquet)`);
    const options = writerOptions(rows, random);
    await callPeer("rewrite", path, target, options);
    await duckdb.run(`create or replace table data as from ${quoted(path)}`);
    const dataset = openDataset("data.parquet", [{ path: target, hive: {} }]);
    for (let k = 0; k < FILTERS_A_FILE; k++) {
      const { filter, sql } = await filterOf(3, random);
      const names = ["id", nameOf(random)];
      const what = `seed ${SEED}, file ${round}, filter ${k}: ${
        Deno.inspect(filter, { depth: 9 })
      } ${sql} ${JSON.stringify(options)}`;
      const expected = (await duckdb.rows(
        `select ${names.map(inSelect)} from data where ${sql} order by id`,
      )).map(([id, value]) => [id, typeof value === "bigint" ? value : inChunk(value)]);
      assertEquals(found(dataset, filter, names, true), expected, what);
      assertEquals(found(dataset, filter, names, false), expected, what);
    }
  }
});
