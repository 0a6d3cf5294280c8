/** Rows that a request asks for, by time and by a filter: the service against DuckDB. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { type Reply, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

/** Gives the numbers of the rows that it sees. */
const NUMBERS = "export const map = ({ id }) => ({ id });";

/** A column of times: how DuckDB makes it of microseconds and nanoseconds, and what counts in it. */
interface TimeKind {
  name: string;
  /** Of `n`, nanoseconds since 1970. */
  sql: string;
  /** Nanoseconds since 1970 of the stored value. */
  nanoseconds: string;
  isUtc: boolean;
  /** How pyarrow writes it again. */
  rewrite?: Record<string, unknown>;
  /** Years that it is of. */
  years: readonly [number, number];
}

const KINDS: readonly TimeKind[] = [
  {
    name: "ms, local",
    sql: "make_timestamp_ms((n // 1000000)::bigint)::timestamp_ms",
    nanoseconds: "epoch_us(time::timestamp)::hugeint * 1000",
    isUtc: false,
    years: [3, 9970],
  },
  {
    name: "us, local",
    sql: "make_timestamp((n // 1000)::bigint)",
    nanoseconds: "epoch_us(time)::hugeint * 1000",
    isUtc: false,
    years: [3, 9970],
  },
  {
    name: "us, UTC",
    sql: "make_timestamp((n // 1000)::bigint)::timestamptz",
    nanoseconds: "epoch_us(time)::hugeint * 1000",
    isUtc: true,
    years: [3, 9970],
  },
  {
    name: "ns, local",
    sql: "make_timestamp_ns(n::bigint)",
    nanoseconds: "epoch_ns(time)::hugeint",
    isUtc: false,
    years: [1700, 2240],
  },
  {
    name: "date",
    sql: "make_timestamp((n // 1000)::bigint)::date",
    nanoseconds: "epoch_us(time::timestamp)::hugeint * 1000",
    isUtc: false,
    years: [3, 9970],
  },
  {
    name: "96 bits",
    sql: "make_timestamp_ns(n::bigint)",
    nanoseconds: "epoch_ns(time)::hugeint",
    isUtc: false,
    rewrite: { use_deprecated_int96_timestamps: true },
    years: [1700, 2240],
  },
];

const SECOND = 1_000_000_000n;
const two = (number: number) => String(number).padStart(2, "0");

/** A time as a text of a request, and as a text of DuckDB with the minutes that its zone is ahead. */
interface Bound {
  text: string;
  local: string;
  fraction: bigint;
  ahead: number;
}

/** A text for an instant, or for one near it. @param zoned Whether it may have a zone. */
function boundAt(nanoseconds: bigint, zoned: boolean, random: Random): Bound {
  const ahead = zoned && random(2) ? (random(27 * 4) - 48) * 15 : 0;
  const shown = nanoseconds + BigInt(ahead) * 60n * SECOND;
  const seconds = shown / SECOND - (shown % SECOND < 0n ? 1n : 0n);
  const date = new Date(Number(seconds) * 1000);
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const day = `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  const form = random(6);
  const zone = ahead === 0
    ? zoned && form > 0 ? ["", "Z", "+00:00"][random(3)]! : ""
    : `${ahead < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(ahead) / 60))}${random(2) ? ":" : ""}${
      two(Math.abs(ahead) % 60)
    }`;
  if (form === 0 && ahead === 0) return { text: day, local: day, fraction: 0n, ahead };
  const minute = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  const separator = "T "[random(2)]!;
  const at = `${day}${separator}${minute}`;
  if (form === 1) return { text: at + zone, local: `${day} ${minute}:00`, fraction: 0n, ahead };
  const second = two(date.getUTCSeconds());
  const digits = random(10);
  const rest = String(shown - seconds * SECOND).padStart(9, "0").slice(0, digits);
  const text = `${at}:${second}${digits === 0 ? "" : `.${rest}`}${zone}`;
  const fraction = BigInt(rest.padEnd(9, "0"));
  return { text, local: `${day} ${minute}:${second}`, fraction, ahead };
}

/** The same in SQL: nanoseconds since 1970. */
const inSql = ({ local, fraction, ahead }: Bound) =>
  `(epoch_us(timestamp '${local}')::hugeint * 1000 + ${fraction} - ${ahead}::hugeint * 60000000000)`;

/** A filter and what SQL calls the same. */
function randomFilter(random: Random, rows: number): [filter: unknown, sql: string] {
  const n = random(rows);
  switch (random(6)) {
    case 0:
      return [{ id: { $gte: n } }, `id >= ${n}`];
    case 1:
      return [{ unit: { $in: ["unit 1", "unit 4"] } }, "unit in ('unit 1', 'unit 4')"];
    case 2:
      return [{ $or: [{ unit: "unit 2" }, { id: { $lt: n } }] }, `(unit = 'unit 2' or id < ${n})`];
    case 3:
      return [{ u: null }, "u is null"];
    case 4:
      return [
        { big: { $gt: String(9007199254740993n + BigInt(n)) } },
        `big > 9007199254740993 + ${n}`,
      ];
    default:
      return [{ $not: { u: { $lt: 0.25 } } }, "(u < 0.25) is not true"];
  }
}

function idsOf(rows: unknown[][]): number[] {
  return rows.map(([id]) => Number(id));
}

async function resultOf(folder: string): Promise<number[]> {
  return idsOf(await duckdb.rows(`select id from ${quoted(join(folder, "work_ansver.parquet"))}`));
}

function assertComplete({ Response }: Reply, what: string): void {
  assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
}

for (const way of ways) {
  const shared = shareService(way);

  peerTest(`random times, texts, bounds and filters give DuckDB's rows [${way.name}]`, async () => {
    using _told = tellAmount("requested-rows");
    const folder = await shared.folder();
    /** Requests for some of the rows, neither all nor none. */
    let some = 0, asked = 0;
    for (const index of randomCases("requested-rows")) {
      const random = randomFrom(SEED + 7919 * index);
      const kind = KINDS[random(KINDS.length)]!;
      const rows = 1 + random(6000);
      const [first, last] = kind.years;
      const start = Date.UTC(2000, random(12), 1 + random(28), random(24)) +
        (first + random(last - first) - 2000) * 31_556_952_000;
      const step = [1n, 999n, 1_000_000n, 61n * SECOND, 86_400n * SECOND][random(5)]!;
      const order = ["i", `hash(i) % ${rows}`][random(4) ? 0 : 1]!;
      const origin = BigInt(start) * 1_000_000n + BigInt(random(1e9));
      const nulls = random(3) ? "" : "case when i % 5 = 0 then null else ";
      const source = join(folder, "source.parquet"), path = join(folder, "data.parquet");
      await duckdb.run(
        `copy (select i::integer as id, ${nulls}${kind.sql}${nulls && " end"} as time,
                 case when i % 3 = 0 then null else (i % 100) / 100.0::double end as u,
                 'unit ' || i % 7 as unit, 9007199254740993 + i as big
               from (select i, ${origin}::hugeint + ${step}::hugeint * (${order})::hugeint as n from range(${rows}) r(i)))
         to ${quoted(source)} (format parquet, row_group_size 2048)`,
      );
      if (kind.rewrite || random(2)) {
        // Small pages with an index.
        const options = {
          row_group_size: 500 + random(3000),
          data_page_size: 512,
          write_page_index: true,
        };
        await callPeer("rewrite", source, path, {
          ...options,
          write_batch_size: 64,
          ...kind.rewrite,
        });
      } else await Deno.copyFile(source, path);
      for (let request = 0; request < 3; request++) {
        const near = () =>
          boundAt(
            origin + step * BigInt(random(rows + 2) - 1) +
              BigInt(random(3) - 1) * BigInt([0, 1, 1e6, 1e9][random(4)]!),
            kind.isUtc,
            random,
          );
        const fields: Record<string, unknown> = { Base: "data.parquet" };
        const wanted: string[] = ["true"];
        let [from, to] = [near(), near()];
        const [[late]] = await duckdb.rows(`select ${inSql(from)} > ${inSql(to)}`) as [[boolean]];
        if (late) [from, to] = [to, from];
        if (random(4)) {
          fields.From = from.text;
          wanted.push(`${kind.nanoseconds} >= ${inSql(from)}`);
        }
        if (random(4)) {
          fields.To = to.text;
          wanted.push(`${kind.nanoseconds} < ${inSql(to)}`);
        }
        if (random(2) && (fields.From ?? fields.To)) fields.Time = "time";
        const filtered = (): unknown => {
          const [filter, sql] = randomFilter(random, rows);
          wanted.push(sql);
          return filter;
        };
        if (random(2)) fields.Filter = filtered();
        const own = [
          () => "",
          () => `export const filter = ${JSON.stringify(filtered())};`,
          () => {
            fields.Params = filtered();
            return "export const filter = ({ params }) => params;";
          },
        ][random(3)]!();
        const what = `seed ${SEED}, case ${index}: ${kind.name}, ${JSON.stringify(fields)} ${own}`;
        assertComplete(await runFormula(shared.server, folder, `${own} ${NUMBERS}`, fields), what);
        const expected = await duckdb.rows(
          `select id from ${quoted(source)} where ${wanted.join(" and ")} order by id`,
        );
        assertEquals(await resultOf(folder), idsOf(expected), what);
        asked++;
        if (expected.length > 0 && expected.length < rows) some++;
      }
    }
    assert(
      2 * some >= asked || asked < 20,
      `${some} of ${asked} requests are for some of the rows`,
    );
  });
}

const YEAR = 366 * 24 * 60;
const START = Date.UTC(2024, 0, 1);

/** A year of minutes in a file with several columns of times; in order, with an index of its pages where it is asked for. */
async function writeYear(folder: string, indexed = false): Promise<void> {
  const path = join(folder, "time_series.parquet"), source = join(folder, "source.parquet");
  await duckdb.run(
    `copy (select i::integer as id, timestamp '2024-01-01' + interval (i) minute as time,
             sin(i)::double as u, 'unit ' || i % 7 as unit
           from range(${YEAR}) r(i)) to ${quoted(source)} (format parquet, row_group_size 40960)`,
  );
  if (!indexed) return await Deno.rename(source, path);
  const pages = { data_page_size: 65536, write_page_index: true, use_dictionary: false };
  await callPeer("rewrite", source, path, { row_group_size: YEAR, ...pages });
  await Deno.remove(source);
}

const SUMS = `
  export const chunk = ({ u, id }) => ({ rows: u.length, sum: u.reduce((a, b) => a + b, 0), first: id[0] });
  export const combine = (a, b) => ({ rows: a.rows + b.rows, sum: a.sum + b.sum, first: a.first });`;

for (const way of ways) {
  const shared = shareService(way, {
    args: ["--workers", "2"],
    prepare: (root) => writeYear(root),
  });

  peerTest(
    `what From and To rule out is not read, by row groups and by pages [${way.name}]`,
    async () => {
      for (const indexed of [false, true]) {
        const folder = await shared.folder();
        await writeYear(folder, indexed);
        const day = { From: "2024-05-01", To: "2024-05-02" };
        const run = async (fields: Record<string, unknown>) => {
          const { Response } = await runFormula(shared.server, folder, SUMS, fields);
          assertEquals(Response.Status, "complete", JSON.stringify(Response));
          const { Result, Job } = Response as unknown as {
            Result: { rows: number; first: number };
            Job: { BytesRead: number; Skipped?: Record<string, number> };
          };
          return { ...Result, ...Job };
        };
        const all = await run({}), one = await run(day);
        const first = (Date.UTC(2024, 4, 1) - START) / 60_000;
        assertEquals([all.rows, one.rows, one.first], [YEAR, 1440, first]);
        assertEquals(all.Skipped, undefined);
        if (indexed) assert(one.Skipped!.Pages! > 10, JSON.stringify(one.Skipped));
        else assertEquals(one.Skipped!.RowGroups, Math.ceil(YEAR / 40960) - 1);
        assert(one.Skipped!.Rows! > YEAR * 0.9);
        assert(one.BytesRead < all.BytesRead / 8, `${one.BytesRead} of ${all.BytesRead} bytes`);
        // A filter of the request rules out what is left.
        const none = await run({ ...day, Filter: { id: { $lt: first - 50_000 } } });
        assertEquals(none.rows, 0);
        assert(none.BytesRead < one.BytesRead, `${none.BytesRead} and ${one.BytesRead} bytes`);
      }
    },
  );

  Deno.test(`every kind of formula sees the rows that a request asks for [${way.name}]`, async () => {
    const { server, root } = shared;
    const fields = {
      From: "2024-02-01T12:00",
      To: "2024-11-01",
      Filter: { unit: { $in: ["unit 2", "unit 5"] } },
    };
    const data = quoted(join(root, "time_series.parquet"));
    const where = `where time >= timestamp '2024-02-01 12:00' and time < timestamp '2024-11-01'
      and unit in ('unit 2', 'unit 5')`;
    const [[count, sum]] = await duckdb.plainRows(
      `select count(*)::integer, sum(id)::double from ${data} ${where}`,
    ) as [[number, number]];
    const differs = async (columns: string) => {
      const result = quoted(join(root, "work_ansver.parquet"));
      const [[wrong]] = await duckdb.rows(
        `select count(*) from (select ${columns} from ${data} ${where} order by id) a
         positional join (from ${result}) b where a is distinct from b`,
      ) as [[bigint]];
      return wrong;
    };
    const run = async (text: string) => {
      const { Response } = await runFormula(server, root, text, fields);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      return Response;
    };
    const kept = await run(`export const keep = ["time", "unit"]; ${NUMBERS}`);
    assertEquals(kept.Job!.Rows, count);
    assertEquals(await differs("time, unit, id"), 0n);
    const reduced = await run(
      `export const chunk = ({ id }) => id.reduce((a, b) => a + b, 0);
       export const combine = (a, b) => a + b;
       export const aggregate = (sum, { rows }) => ({ sum, rows });`,
    );
    assertEquals(reduced.Result, { sum, rows: count });
    for (const key of ["unit", "id"]) {
      const told = await run(
        `import { groupBy } from "measuring/groups";
         export const { chunk, combine } = groupBy("${key}").count();
         export const aggregate = (_, { rows }) => ({ rows });`,
      );
      assertEquals(told.Result, { rows: count }, key);
    }
    await run(
      `import { groupBy } from "measuring/groups";
       export const { chunk, combine, aggregate } = groupBy("unit").count();`,
    );
    const [[groups, rows]] = await duckdb.plainRows(
      `select count(*)::integer, sum(count)::integer from ${
        quoted(join(root, "work_ansver.parquet"))
      }`,
    ) as [[number, number]];
    assertEquals([groups, rows], [2, count]);
    const main = await run(
      `export const count = ({ id }) => id.length;
       export const add = (a, b) => a + b;
       export const main = async (frame) => {
         const { id, unit } = await frame.columns(["id", "unit"]);
         return { rows: frame.rows, id: id.length, sum: id.reduce((a, b) => a + b, 0),
           unit: new Set(unit).size, reduced: await frame.reduction(count, add) };
       };`,
    );
    assertEquals(main.Result, { rows: count, id: count, sum, unit: 2, reduced: count });
    await run(
      `export const numbers = ({ id }) => ({ id });
       export const main = (frame) => frame.mapPartitions(numbers);`,
    );
    assertEquals(await differs("id"), 0n);
  });

  Deno.test(`a formula's filter may be a function, which is asked once for a job [${way.name}]`, async () => {
    const { server, root } = shared;
    const { Response } = await runFormula(
      server,
      root,
      `export const filter = async ({ params, schema, input, log, ...others }) => {
         log(params.least, schema.length, typeof input, Object.keys(others).length);
         const [random] = crypto.getRandomValues(new Uint32Array(1));
         return { id: { $gte: params.least, $lt: 200_000 + random % 300_000 } };
       };
       ${NUMBERS}`,
      { Params: { least: 1000 } },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const { Rows, Partitions, Log } = Response.Job as unknown as {
      Rows: number;
      Partitions: number;
      Log: string[];
    };
    assertEquals(Log, ["1000 4 function 0"]);
    assert(Partitions > 2);
    const ids = await resultOf(root);
    assertEquals([ids[0], ids.at(-1), ids.length], [1000, 999 + Rows, Rows]);
    const all = await runFormula(server, root, `export const filter = () => null; ${SUMS}`);
    assertEquals((all.Response.Result as { rows: number }).rows, YEAR);
  });

  Deno.test(`a function that gives no filter is refused [${way.name}]`, async () => {
    const { server, root } = shared;
    const refused = async (filter: string, fields = {}) => {
      const { Response } = await runFormula(
        server,
        root,
        `export const filter = ${filter};\n${NUMBERS}`,
        fields,
      );
      assertEquals(Response.Status, "error");
      return Response.Error!;
    };
    const invalid: Record<string, RegExp> = {
      "({ params }) => { time: params.day }":
        /"filter" returned nothing; a record stands in parenth/,
      "() => 5": /"filter" can't be used: it must be a record of columns, not 5/,
      "() => ({ idd: 5 })": /there is no column "idd"; the columns are "id"/,
      "() => ({ id: { $gth: 5 } })": /unknown condition \$gth; there are \$gt,/,
      "() => ({ id: () => 5 })": /"id" is INT32 and is compared with a number, not with \[Function/,
    };
    for (const [filter, message] of Object.entries(invalid)) {
      const error = await refused(filter, { Params: { day: "2024-05-01" } });
      assertEquals(error.Code, "FORMULA_INVALID", error.Message);
      assertMatch(error.Message, message);
    }
    const thrown = await refused("({ params }) => ({ id: params.unit.id })");
    assertEquals(thrown.Code, "FORMULA_FAILED");
    assertMatch(thrown.Message, /^filter: TypeError: .* null .*; the request had no Params/);
    assertMatch(thrown.Where!, /^work\.ts:1:\d+$/);
    const mistyped = await runFormula(server, root, `export const fliter = () => ({}); ${NUMBERS}`);
    assertMatch(mistyped.Response.Error!.Message, /"fliter" is not known; did you mean "filter"/);
  });

  Deno.test(`rows that the columns can't tell are refused, and what there is is told [${way.name}]`, async () => {
    const { server } = shared;
    const folder = await shared.folder();
    const write = (name: string, columns: string) =>
      duckdb.run(
        `copy (select i::integer as id, 1.5 as u, ${columns} from range(10) r(i)) to ${
          quoted(join(folder, `${name}.parquet`))
        } (format parquet)`,
      );
    await write("none", "time '12:00' as clock");
    await write("several", "timestamp '2024-01-01' as began, date '2024-01-02' as ended");
    await write("local", "timestamp '2024-01-01' as time");
    await write("utc", "timestamptz '2024-01-01' as time");
    for (const month of ["2024-01-01", "2024-02-01"]) {
      const place = join(folder, "folders", `month=${month}`);
      await Deno.mkdir(place, { recursive: true });
      await Deno.copyFile(join(folder, "none.parquet"), join(place, "a.parquet"));
    }
    await Deno.mkdir(join(folder, "mixed"));
    for (const name of ["local", "utc"]) {
      await Deno.copyFile(
        join(folder, `${name}.parquet`),
        join(folder, "mixed", `${name}.parquet`),
      );
    }
    const run = async (Base: string, fields: Record<string, unknown>, more = "") => {
      const base = Base.includes("/") ? Base.slice(0, -1) : `${Base}.parquet`;
      return (await runFormula(server, folder, more + SUMS, { Base: base, ...fields })).Response;
    };
    const From = "2024-01-01";
    const refusals: [base: string, fields: Record<string, unknown>, message: RegExp][] = [
      [
        "none",
        { From },
        /Request\.From needs a column of times, .* none\.parquet has none; Filter/,
      ],
      ["none", { To: From }, /^Request\.To needs a column of times/],
      [
        "none",
        { From, Time: "clock" },
        /"clock" is TIME\(.*, not TIMESTAMP or DATE; none\.parquet has none/,
      ],
      ["several", { From }, /several columns of times, "began", "ended": name the one .* in Time/],
      [
        "several",
        { From, Time: "beggan" },
        /no column "beggan" in several\.parquet; the columns are "began"/,
      ],
      [
        "several",
        { From, Time: "u" },
        /"u" is DECIMAL.*; the columns of times are "began", "ended"/,
      ],
      ["local", { From: "2024-01-01T00:00Z" }, /without a zone, such as "2024-01-01T00:00"$/],
      ["local", { To: "2024-01-01T03:00+03:00" }, /such as "2024-01-01T03:00"$/],
      ["several", { To: "2024-01-02T00:00Z", Time: "ended" }, /"ended" is DATE, whose zone/],
      [
        "local",
        { Filter: { uu: 1 } },
        /^Request\.Filter can't be used: there is no column "uu"; .* "u"/,
      ],
      ["local", { Filter: { $andd: [] } }, /there is no "\$andd"; the combinations are \$and/],
      ["local", { Filter: { u: { $near: 1 } } }, /"u" has the unknown condition \$near/],
      [
        "local",
        { Filter: { $or: 5 } },
        /^Request\.Filter can't be used: \$or needs a list of filters/,
      ],
      [
        "local",
        { Filter: { time: "1.1.2024" } },
        /"time" is TIMESTAMP\(us, local\) and is compared with/,
      ],
    ];
    for (const [base, fields, message] of refusals) {
      const { Error: error } = await run(base, fields);
      assertEquals(error?.Code, "BAD_REQUEST", `${JSON.stringify(fields)} ${error?.Message}`);
      assertMatch(error!.Message, message);
    }
    const mixed = await run("mixed/", { From });
    assertEquals(mixed.Error!.Code, "BASE_UNREADABLE");
    assertMatch(mixed.Error!.Message, /"time" is .*, which can't be joined/);
    // What is clear is not asked for.
    const rows = async (base: string, fields: Record<string, unknown>) =>
      ((await run(base, fields)).Result as { rows: number }).rows;
    assertEquals(await rows("several", { From, Time: "began" }), 10);
    assertEquals(await rows("several", { From, To: "2024-01-02", Time: "ended" }), 0);
    assertEquals(await rows("utc", { From, To: "2024-01-01T00:00:00.000001Z" }), 10);
    assertEquals(await rows("utc", { From: "2024-01-01T03:00+03:00" }), 10);
    assertEquals(await rows("utc", { From: "2024-01-01T02:59+03:00", To: From }), 0);
    assertEquals(await rows("local", { From, To: From }), 0);
    assertEquals(await rows("local", { From, Filter: {} }), 10);
    assertEquals(await rows("folders/", { From: "2024-01-15" }), 10);
  });
}
