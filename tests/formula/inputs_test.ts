/** Further tables of a request: whole, and looked up by keys. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

const write = (folder: string, name: string, sql: string) =>
  duckdb.run(
    `copy (${sql}) to ${quoted(join(folder, name))} (format parquet, row_group_size 20480)`,
  );

async function writeTables(folder: string): Promise<void> {
  await write(
    folder,
    "time_series.parquet",
    `select i::integer as id, timestamp '2024-01-01' + interval (i) second as time, (i % 100)::double as u,
       case when i % 13 = 0 then null else 'unit ' || i % 8 end as unit, (i % 3)::tinyint as phase
     from range(200000) r(i)`,
  );
  await Deno.mkdir(join(folder, "limits"));
  const limits = (from: number, to: number) =>
    `select case when i = 6 then null else 'unit ' || i end as unit, 10.0 * i as high, i::integer as n,
       case when i = 2 then null else 'class ' || i % 2 end as class,
       timestamp '2024-02-01' + interval (i) day as since, (i * 1.5)::decimal(9, 2) as price
     from range(${from}, ${to}) r(i)`;
  await write(folder, "limits/part.2.parquet", limits(0, 3));
  await write(folder, "limits/part.10.parquet", limits(3, 7));
  await write(
    folder,
    "twice.parquet",
    "select 'unit ' || i % 5 as unit, i as n from range(7) r(i)",
  );
  await write(folder, "numbers.parquet", "select i as unit, i as n from range(7) r(i)");
  const zeros = Array.from({ length: 40 }, (_, c) => `0::double as c${c}`).join(", ");
  await write(folder, "large.parquet", `select ${zeros} from range(450000)`);
}

const LIMITS = { limits: { Base: "limits/*.parquet" } };

for (const way of ways) {
  const shared = shareService(way, { args: ["--workers", "2"], prepare: writeTables });

  const run = async (text: string, fields: Record<string, unknown> = { Inputs: LIMITS }) => {
    const { server, root } = shared;
    const { Response } = await runFormula(server, root, text, fields);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    return Response;
  };
  const refused = async (text: string, fields: Record<string, unknown> = { Inputs: LIMITS }) => {
    const { Response } = await runFormula(shared.server, shared.root, text, fields);
    assertEquals(Response.Status, "error", JSON.stringify(Response));
    return `${Response.Error!.Code}: ${Response.Error!.Message}`;
  };
  const result = () => quoted(join(shared.root, "work_ansver.parquet"));
  /** Rows of the result that are others than those of a query. */
  const assertResult = async (sql: string) => {
    const rows = (query: string) => `(select row_number() over () as k, q.* from (${query}) q)`;
    const [[count, wrong]] = await duckdb.plainRows(
      `select count(*)::integer, (count(*) filter (a is distinct from b))::integer from ${
        rows(sql)
      } a
         full join ${rows(`from ${result()}`)} b on a.k = b.k`,
    ) as [[number, number]];
    assertEquals(wrong, 0, sql);
    assert(count > 0);
  };
  const data = () => quoted(join(shared.root, "time_series.parquet"));
  const limits = () => quoted(join(shared.root, "limits/*.parquet"));

  Deno.test(`a table is given whole, in main and in every chunk [${way.name}]`, async () => {
    const whole = `export const main = (frame, { input }) => {
      const limits = frame.input("limits"), same = input("limits");
      const { values, unit } = limits.raw("since");
      return { units: limits.unit, high: same.high, n: limits.n, names: Object.keys(limits),
        classes: limits.codes("class").dictionary, since: [String(values[6]), unit] };
    };`;
    const { Result } = await run(whole);
    const columns = await duckdb.columns(
      `select unit, high::double as high, n, class, epoch_us(since)::varchar as since from ${limits()} order by n`,
    );
    assertEquals(Result, {
      units: columns.unit,
      high: columns.high,
      n: columns.n,
      names: ["unit", "high", "n", "class", "since", "price"],
      classes: ["class 0", "class 1", null],
      since: [columns.since![6], "us"],
    });
    // What a call changes is not what the next one gets.
    await run(`export function map({ id, u }, { input }) {
      const { high } = input("limits");
      const scaled = u.map((value) => value + high[3]);
      high.fill(0);
      return { id, scaled };
    }`);
    await assertResult(`select id, u + 30 as scaled from ${data()} order by id`);
    const filtered = await run(`
      export const filter = ({ input }) => ({ u: { $lt: input("limits").high[1] } });
      export const chunk = ({ u }) => u.length;
      export const combine = (a, b) => a + b;
      export const aggregate = (rows, { input }) => [rows, input("limits").n.length];`);
    assertEquals(filtered.Result, [20000, 7]);
  });

  Deno.test(`columns are looked up by a key as DuckDB joins them [${way.name}]`, async () => {
    const joined = (columns: string, on = "l.unit = r.unit") =>
      `select ${columns} from ${data()} l left join ${limits()} r on ${on}`;
    await run(`
      export const inputs = { limits: { on: "unit" } };
      export const keep = ["id", "limits.class", "limits.since", "limits.price", "limits.high"];
      export const map = (chunk) => ({
        n: chunk["limits.n"],
        there: chunk.validity("limits.n") ?? new Uint8Array(chunk.id.length).fill(1),
      });`);
    await assertResult(
      joined(
        `id, class as "limits.class", since as "limits.since", price as "limits.price", high as "limits.high",
         coalesce(n::double, 'nan'::double) as n, (n is not null)::utinyint as there`,
      ) + " order by id",
    );
    // Groups by joined columns, filters of the data, names of one's own.
    for (const fields of [{}, { Filter: { u: { $gte: 37 } } }]) {
      await run(
        `import { groupBy } from "measuring/groups";
        export const inputs = { limits: { on: "unit", columns: { kind: "class", top: "high" } } };
        export const { chunk, combine, aggregate } = groupBy("kind").mean("u").count().max("top");`,
        { Inputs: LIMITS, ...fields },
      );
      await assertResult(
        `select class as kind, avg(u) as mean_u, count(*)::double as count, max(high)::double as max_top from
           (${joined("*")}) where ${
          "Filter" in fields ? "u >= 37" : "true"
        } group by class order by class nulls last`,
      );
    }
    // Whole columns, codes and overlap.
    const { Result } = await run(`
      export const inputs = { limits: { on: "unit" } };
      export const main = async (frame) => {
        const { "limits.n": n, "limits.class": kind } = await frame.columns(["limits.n", "limits.class"]);
        return [n.reduce((sum, one) => sum + (one || 0), 0), kind.filter((one) => one === "class 1").length];
      };`);
    assertEquals(
      Result,
      (await duckdb.plainRows(
        joined("sum(n)::double, (count(*) filter (class = 'class 1'))::double"),
      ))[0],
    );
    await run(`
      export const inputs = { limits: { on: "unit" } };
      export const overlap = { before: 3, after: 0 };
      export const map = (chunk) => {
        const { codes, dictionary } = chunk.codes("limits.class");
        return { kind: Array.from(codes, (_, row) => dictionary[codes[Math.max(0, row - 3)]]) };
      };`);
    await assertResult(
      `select coalesce(lag(class, 3) over (order by id), case when id < 3 then first_value(class) over (order by id) end) as kind
       from (${joined("id, class")}) order by id`,
    );
  });

  Deno.test(`random keys of every kind find DuckDB's rows [${way.name}]`, async () => {
    using _told = tellAmount("look-ups");
    const kinds = [
      ["text", "'k' || k", "'k' || k"],
      ["whole numbers", "k::smallint", "k::bigint"],
      ["large numbers", "9007199254740993 + k", "9007199254740993 + k"],
      ["unsigned", "k::ubigint", "k::integer"],
      [
        "times",
        "timestamp '2024-01-01' + interval (k) hour",
        "(timestamp '2024-01-01' + interval (k) hour)::timestamp_ns",
      ],
      ["dates", "date '1969-12-30' + k::integer", "date '1969-12-30' + k::integer"],
      ["booleans", "k = 1", "k = 1"],
      ["UUIDs", "md5(k::varchar)::uuid", "md5(k::varchar)::uuid"],
      ["bytes", "encode('k' || k)", "encode('k' || k)"],
    ] as const;
    const folder = await shared.folder();
    for (const index of randomCases("look-ups")) {
      const random = randomFrom(SEED + 6151 * index);
      const [name, left, right] = kinds[index % kinds.length]!;
      const rows = 1 + random(random(4) ? 3000 : 150_000),
        distinct = name === "booleans" ? 2 : 1 + random(500);
      const isPair = random(2) === 0 && name !== "booleans";
      await write(
        folder,
        "data.parquet",
        `select i::integer as id, case when i % 7 = 3 then null else ${left} end as key,
           (hash(i + ${index}) % 3)::integer as j
         from (select i, (hash(i) % ${distinct + 5})::integer as k from range(${rows}) r(i))`,
      );
      const keys =
        `select k, case when k % 11 = 10 then null else ${right} end as key from range(${distinct}) r(k)`;
      await write(
        folder,
        "table.parquet",
        isPair
          ? `select key, j, k * 4 + j as value from (${keys}) cross join (select unnest([0, 2])::bigint as j) order by hash(k * 4 + j)`
          : `select key, k as value from (${keys}) order by hash(k)`,
      );
      const on = isPair ? { key: "key", j: "j" } : "key";
      const what = `seed ${SEED}, case ${index}: ${name}, ${rows} rows, ${distinct} keys, ${
        isPair ? "two" : "one"
      }`;
      const { Response } = await runFormula(
        shared.server,
        folder,
        `export const inputs = { t: { on: ${JSON.stringify(on)} } };
         export const keep = ["id"];
         export const map = (chunk) => ({ value: chunk["t.value"] });`,
        { Base: "data.parquet", Inputs: { t: "table.parquet" } },
      );
      assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
      const [data, table, got] = ["data", "table", "work_ansver"]
        .map((name) => quoted(join(folder, `${name}.parquet`)));
      const wrong = await duckdb.rows(
        `select d.id, t.value, g.value from ${data} d
           left join ${table} t on d.key = t.key ${isPair ? "and d.j = t.j" : ""}
           full join ${got} g on d.id = g.id
         where coalesce(t.value::double, 'nan'::double) is distinct from g.value limit 3`,
      );
      assertEquals(wrong, [], what);
    }
  });

  peerTest(`joined columns have the metadata of their table [${way.name}]`, async () => {
    const folder = await shared.folder();
    await callPeer("write_noted", join(folder, "noted.parquet"));
    await write(folder, "plain.parquet", "select unnest([2, 1, 5])::integer as n");
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const inputs = { noted: { on: "n", columns: { volts: "u", m: "n" } } };
       export const main = async (frame, { schema }) => ({
         schema: schema.map(({ name, type, nullable, metadata }) => [name, type, nullable, { ...metadata }]),
         volts: [...await frame.column("volts"), "all"],
       });`,
      { Base: "plain.parquet", Inputs: { noted: "noted.parquet" } },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    assertEquals(Response.Result, {
      schema: [
        ["n", "INT32", true, {}],
        ["volts", "DOUBLE", true, { unit: "V", sensor: "Größe 🔧" }],
        ["m", "INT32", true, {}],
      ],
      volts: [2.5, 1.5, "NaN", "all"],
    });
  });

  Deno.test(`inputs that can't be joined are refused by name [${way.name}]`, async () => {
    const map = 'export const map = (chunk) => ({ id: chunk.id, n: chunk["t.n"] });';
    const joins = (spec: unknown) => `export const inputs = ${JSON.stringify({ t: spec })}; ${map}`;
    const on = (base: string) => ({ Inputs: { t: base } });
    const cases: [text: string, fields: Record<string, unknown>, message: RegExp][] = [
      [
        joins({ on: "unit" }),
        on("twice.parquet"),
        /^FORMULA_FAILED: Inputs\.t: unit = "unit 0" stands in twice\.parquet, row 0, and in twice\.parquet, row 5; .* each key once$/,
      ],
      [
        joins({ on: "unit" }),
        on("numbers.parquet"),
        /^FORMULA_INVALID: export "inputs", t: the keys "unit", STRING, and "unit" of t, INT64, can't be compared: text and whole numbers/,
      ],
      [
        joins({ on: "u" }),
        on("numbers.parquet"),
        /there is no column "u" in numbers\.parquet; the columns are "n", "unit"/,
      ],
      [joins({ on: { u: "n" } }), on("numbers.parquet"), /"u" is DOUBLE, which is no key/],
      [
        joins({ on: "unit", columns: { u: "n" } }),
        on("twice.parquet"),
        /"n" would be called "u", and there is such a column/,
      ],
      [
        joins({ on: "unit", columns: ["m"] }),
        on("twice.parquet"),
        /no column "m" in twice\.parquet/,
      ],
      [
        joins({ on: "unit" }),
        { Inputs: { T: "twice.parquet" } },
        /^BAD_REQUEST: the formula joins "t", and the request names no such table: its Inputs are T; did you mean T\?$/,
      ],
      [joins({ on: "unit" }), {}, /^BAD_REQUEST: .* add "Inputs": \{"t": "….parquet"\}/],
      [
        joins({ on: "unit", matches: "backward" }),
        on("twice.parquet"),
        /^FORMULA_INVALID: export "inputs" has t, whose "matches" is not known: did you mean match\?$/,
      ],
      [
        joins({ on: "time", match: "backwards" }),
        on("twice.parquet"),
        /must be one of backward, forward, nearest, linear, not "backwards"; did you mean "backward"\?/,
      ],
      [joins({ on: "unit", tolerance: "5m" }), on("twice.parquet"), /"tolerance" without "match"/],
      [
        joins({ on: "unit", by: "phase" }),
        on("twice.parquet"),
        /looked up by on: \["unit", "phase"\]/,
      ],
      [
        joins({ on: "time", match: "forward", tolerance: "5 lightyears" }),
        on("twice.parquet"),
        /whose "tolerance" makes no sense: "5 lightyears" is no duration/,
      ],
      [
        joins({ on: { id: "n" }, match: "forward", tolerance: "5m" }),
        on("numbers.parquet"),
        /tolerance is "5m", and "id" is INT32: give a number/,
      ],
      [
        joins({ on: "unit", match: "forward" }),
        on("twice.parquet"),
        /"unit" is STRING: match: "forward" needs times or numbers/,
      ],
      [
        joins({ on: ["time", "unit"], match: "forward" }),
        on("twice.parquet"),
        /with "match" it is one/,
      ],
      [joins("unit"), on("twice.parquet"), /write \{ on: "unit" \}/],
      [
        `export const inputs = ["t"]; ${map}`,
        on("twice.parquet"),
        /export "inputs" must be \{ limits/,
      ],
      [
        `export const inputs = { t: { on: { n: "n" }, match: "linear", columns: ["unit"] } }; ${map}`
          .replace('{ n: "n" }', '{ id: "n" }'),
        on("twice.parquet"),
        /"unit" is STRING, and there is nothing between two of them/,
      ],
      [
        `export const filter = { "t.n": 1 }; ${joins({ on: "unit", columns: ["n"] })}`,
        on("twice.parquet"),
        /^FORMULA_INVALID: .*t\.n/,
      ],
      [
        `export const main = (frame) => frame.input("limts").n;`,
        { Inputs: LIMITS },
        /^FORMULA_FAILED: main: TypeError: frame\.input: the request names no input "limts": did you mean limits\?$/,
      ],
      [
        `export const main = (frame) => frame.input("t").n;`,
        {},
        /it has no Inputs; add "Inputs": \{"t": "….parquet"\} to it$/,
      ],
      [
        `export const main = (frame) => frame.input("t").c1;`,
        on("large.parquet"),
        /frame\.input\("t"\): the columns of large\.parquet take about 138 MiB/,
      ],
      [map, on("nothing.parquet"), /^BASE_NOT_FOUND: Inputs\.t: .*nothing\.parquet/],
      [map, on("../twice.parquet"), /^FORBIDDEN_PATH: Inputs\.t: /],
      [map, on("work.ts"), /^BASE_NOT_PARQUET: Inputs\.t: work\.ts/],
      [
        map,
        { Inputs: { t: "twice.parquet" }, Output: "twice.parquet" },
        /^BAD_REQUEST: the result twice\.parquet would take the place of its own input/,
      ],
    ];
    for (const [text, fields, message] of cases) assertMatch(await refused(text, fields), message);
  });
}
