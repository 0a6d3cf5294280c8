/** Where results came from: what their footers say, and whether they can be computed again. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { finish, startServer, tempDir, type Way, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { FileServer } from "../support/file_server.ts";

const duckdb = await sharedDuckDB();
const KEY = "measuring.lineage";

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

/** Writes the rows of a query. */
async function write(path: string, sql: string, rowGroup = 20480): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await duckdb.run(`copy (${sql}) to ${quoted(path)} (format parquet, row_group_size ${rowGroup})`);
}

/** What must be told of a file, from its bytes. */
function told(path: string, Name: string) {
  const bytes = Deno.readFileSync(path);
  const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  return { Name, Bytes: bytes.length, FooterSHA256: sha256(bytes.subarray(-8 - length, -8)) };
}

/** What must be told of a table. */
function table(folder: string, names: string[], Input?: string) {
  const files = names.map((name) => told(join(folder, name), name));
  return {
    ...(Input === undefined ? {} : { Input }),
    Count: files.length,
    Bytes: files.reduce((sum, { Bytes }) => sum + Bytes, 0),
    SHA256: sha256(
      files.map((file) => `${file.Name}\t${file.Bytes}\t${file.FooterSHA256}\n`).join(""),
    ),
    Files: files.slice(0, 100),
  };
}

/** A footer's keys and values as DuckDB reads them. */
async function notedFor(path: string): Promise<Record<string, string>> {
  const rows = await duckdb.plainRows(
    `select decode(key), decode(value) from parquet_kv_metadata(${quoted(path)})`,
  );
  return Object.fromEntries(rows as [string, string][]);
}

const SERIES = (rows: number, from = 0) =>
  `select i::integer as id, timestamp '2024-01-01' + interval (i) second as time, sin(i) * 100 as u,
     case when i % 13 = 0 then null else 'unit ' || i % 5 end as unit
   from range(${from}, ${from + rows}) r(i)`;

async function writeTables(folder: string): Promise<void> {
  await write(join(folder, "time_series.parquet"), SERIES(100_000));
  await write(
    join(folder, "limits/a.parquet"),
    `select 'unit ' || i as unit, i * 10.0 as high from range(3) r(i)`,
  );
  await write(
    join(folder, "limits/b.parquet"),
    `select 'unit ' || i as unit, i * 10.0 as high from range(3, 5) r(i)`,
  );
}

const FORMULA = `
  import { gain } from "./lib/gain.ts";
  import scale from "./lib/scale.json" with { type: "json" };
  export const keep = ["time", "unit"];
  export const inputs = { limits: { on: "unit" } };
  export const map = ({ u, "limits.high": high }, { params }) =>
    ({ above: u.map((v, k) => v * gain * scale.by * params.k - high[k]) });`;
const LIBRARY = {
  "lib/gain.ts": "export const gain: number = 3;\n",
  "lib/scale.json": '{"by": 0.5}\n',
};

async function writeLibrary(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "lib"), { recursive: true });
  for (const [name, text] of Object.entries(LIBRARY)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
}

const FIELDS = {
  Params: { k: 1.5, "Größe": ["a", null] },
  Inputs: { limits: { Base: "limits/*.parquet" } },
  From: "2024-01-01T01:00:00",
  Filter: { u: { $gt: -50 } },
  Codec: "zstd",
};

for (const way of ways) {
  const shared = shareService(way, {
    args: ["--workers", "2"],
    prepare: async (root) => {
      await writeTables(root);
      await writeLibrary(root);
    },
  });

  /** Makes a result in a folder of its own, and gives that. */
  const made = async (formula: string, fields: Record<string, unknown> = {}) => {
    const folder = await shared.folder();
    await writeTables(folder);
    await writeLibrary(folder);
    const { Response } = await runFormula(shared.server, folder, formula, fields);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    return { folder, Response, result: join(folder, "work_ansver.parquet") };
  };
  const verify = (...args: string[]) => verified(way, args);

  Deno.test(`the footer of a result says where it came from [${way.name}]`, async () => {
    const before = Date.now();
    const { folder, Response, result } = await made(FORMULA, FIELDS);
    const { [KEY]: text, ...others } = await notedFor(result);
    assertEquals(others, {});
    const { Made, WorkBytes, ...found } = JSON.parse(text!);
    assertEquals(found, {
      Form: 1,
      Version: (await shared.server.request({ Header: "Info", Request: "Status" })).Response
        .Statistic!.Version,
      Job: Response.Job!.Id,
      Request: {
        Base: "time_series.parquet",
        File: "work.ts",
        Params: FIELDS.Params,
        Inputs: { limits: "limits/*.parquet" },
        Output: "work_ansver.parquet",
        Codec: "zstd",
        From: FIELDS.From,
        Filter: FIELDS.Filter,
      },
      Formula: [
        { Name: "work.ts", SHA256: sha256(FORMULA) },
        ...Object.entries(LIBRARY).map(([Name, text]) => ({ Name, SHA256: sha256(text) })),
      ],
      Tables: [
        table(folder, ["time_series.parquet"]),
        table(join(folder, "limits"), ["a.parquet", "b.parquet"], "limits"),
      ],
    });
    assert(Date.parse(Made) >= before && Date.parse(Made) <= Date.now(), Made);
    assert(WorkBytes > 0);

    const { code, stdout } = await finish(way, ["lineage", result, "--json"]);
    assertEquals([code, stdout], [0, `${text}\n`]);
    const words = await finish(way, ["lineage", result]);
    assertEquals(words.code, 0, words.stderr);
    for (
      const part of [
        `made     ${Made}, by version ${found.Version}, job ${found.Job}`,
        `formula  work.ts  SHA-256 ${sha256(FORMULA)}`,
        "imports  lib/gain.ts  SHA-256 ",
        `params   {"k":1.5,"Größe":["a",null]}`,
        `data     "time_series.parquet", 1 file of ${found.Tables[0].Bytes} bytes`,
        `input    limits: "limits/*.parquet", 2 files of `,
        `rows     From 2024-01-01T01:00:00, Filter {"u":{"$gt":-50}}`,
      ]
    ) assert(words.stdout.includes(part), `${part} is not in\n${words.stdout}`);
  });

  peerTest(`pyarrow reads where a result came from [${way.name}]`, async () => {
    const { result } = await made(FORMULA, FIELDS);
    const { stdout } = await finish(way, ["lineage", result, "--json"]);
    assertEquals(await callPeer("key_values", result), { [KEY]: stdout.trimEnd() });
  });

  Deno.test(`a folder of results, a reduction and an empty result say it, too [${way.name}]`, async () => {
    const { folder } = await made(FORMULA, { ...FIELDS, Output: "parts/{unit}/" });
    const texts = new Set<string | undefined>();
    for (const { name } of Deno.readDirSync(join(folder, "parts"))) {
      texts.add((await notedFor(join(folder, "parts", name, "part.0.parquet")))[KEY]);
    }
    assertEquals(texts.size, 1);
    assertEquals(JSON.parse([...texts][0]!).Request.Output, "parts/{unit}/");
    assertEquals(await verify(join(folder, "parts")), [
      0,
      "parts: same: computed again, it has the same bytes\n",
    ]);
    const one = join(folder, "parts/unit=unit%201/part.0.parquet");
    assertEquals(await verify(one), [0, "parts: same: computed again, it has the same bytes\n"]);

    for (
      const [formula, fields] of [
        [
          `import { groupBy } from "measuring/groups";
          export const { chunk, combine, aggregate } = groupBy("unit").mean("u").count();`,
          {},
        ],
        [`export const map = ({ u }) => ({ u });`, { From: "2030-01-01" }],
        [`export const main = async (frame) => ({ u: (await frame.column("u")).reverse() });`, {}],
      ] as const
    ) {
      const { result } = await made(formula, fields);
      assertEquals((await verify(result))[0], 0, formula);
    }
  });

  Deno.test(`what is told of many files and of long parameters is bounded, and says so [${way.name}]`, async () => {
    const folder = await shared.folder();
    const names = Array.from({ length: 230 }, (_, k) => `part.${k}.parquet`);
    for (const [k, name] of names.entries()) {
      await write(join(folder, "data", name), SERIES(3, 3 * k));
    }
    const formula = `export const map = ({ u }) => ({ u });`;
    const { Response } = await runFormula(shared.server, folder, formula, { Base: "data" });
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const result = join(folder, "work_ansver.parquet");
    const { Tables, Request } = JSON.parse((await notedFor(result))[KEY]!);
    assertEquals(Request.Base, "data");
    assertEquals(Tables, [table(join(folder, "data"), names)]);
    assertEquals(Tables[0].Files.length, 100);
    const { stdout } = await finish(way, ["lineage", result]);
    assertMatch(stdout, /230 files of \d+ bytes.*\n.*part\.0\.parquet[^]*and 130 files more\n/);

    assertEquals((await verify(result))[0], 0);
    await write(join(folder, "data/part.200.parquet"), SERIES(3, 7));
    assertEquals(await verify(result), [
      3,
      "work_ansver.parquet: inputs changed: some of 230 files are other ones, none of them among the first 100, which alone are named\n",
    ]);
    await write(join(folder, "data/part.9.parquet"), SERIES(4));
    assertMatch(
      (await verify(result))[1],
      /inputs changed: part\.9\.parquet has \d+ bytes, and had/,
    );
    await Deno.remove(join(folder, "data/part.229.parquet"));
    assertMatch((await verify(result))[1], /there are 229 files, and there were 230/);

    const long = { Params: "x".repeat(70_000) };
    const { result: other } = await made(formula, long);
    const { Request: request, LeftOut } = JSON.parse((await notedFor(other))[KEY]!);
    assertEquals("Params" in request, false);
    const json = JSON.stringify(long.Params);
    assertEquals(LeftOut, { Params: { Bytes: json.length, SHA256: sha256(json) } });
    const [code, , error] = await verified3(way, [other]);
    assertEquals(code, 1);
    assertMatch(error, /its footer doesn't hold Params of the request, which was too long/);
  });

  Deno.test(`what changed since is named, and exit codes tell it [${way.name}]`, async () => {
    const { folder, result } = await made(FORMULA, FIELDS);
    const same = await verify(result);
    assertEquals(same, [0, "work_ansver.parquet: same: computed again, it has the same bytes\n"]);
    const bytes = await Deno.readFile(result);

    // Elsewhere, and under another name.
    const moved = join(await shared.folder(), "moved.parquet");
    await Deno.copyFile(result, moved);
    assertEquals((await verify(moved, "--directory", folder))[0], 0);
    const [lost, where] = await verify(moved);
    assertEquals(lost, 4);
    assertMatch(
      where,
      /work\.ts is not there any more \(looked for in .*; --directory names another folder\)\n/,
    );

    // Another file that the glob now means was none of its inputs.
    await write(join(folder, "limits/c.parquet"), "select 'unit 9' as unit, 1.0 as high");
    assertEquals((await verify(result))[0], 0);

    await Deno.writeTextFile(join(folder, "lib/scale.json"), '{"by": 0.25}\n');
    assertEquals(await verify(result), [
      4,
      `work_ansver.parquet: formula changed: lib/scale.json is another one (SHA-256 ${
        sha256('{"by": 0.25}\n')
      })\n`,
    ]);
    await Deno.remove(join(folder, "work.ts"));
    const [code, words] = await verify(result);
    assertEquals(code, 4);
    assertMatch(words, /formula changed: work\.ts is not there any more \(looked for in /);
    await Deno.writeTextFile(join(folder, "work.ts"), FORMULA);
    await writeLibrary(folder);
    assertEquals((await verify(result))[0], 0);

    await write(join(folder, "limits/b.parquet"), "select 'unit 3' as unit, 31.0 as high");
    await write(join(folder, "time_series.parquet"), SERIES(100_000, 1));
    const [changed, both] = await verify(result);
    assertEquals(changed, 3);
    assertMatch(both, /inputs changed: (the footer of )?time_series\.parquet (has|is)/);
    assertMatch(both, /inputs changed: input limits: b\.parquet has \d+ bytes, and had \d+\n/);
    const json = await verify(result, "--json");
    assertEquals(json[0], 3);
    const { Result, Inputs } = JSON.parse(json[1]);
    assertEquals([Result, Inputs.length], ["inputs changed", 2]);
    await Deno.remove(join(folder, "time_series.parquet"));
    const [gone, which] = await verify(result);
    assertEquals(gone, 3);
    assertMatch(which, /inputs changed: .*time_series\.parquet/);
    assertEquals(await Deno.readFile(result), bytes);
  });

  Deno.test(`numbers of parameters are those of the request [${way.name}]`, async () => {
    const { folder, result } = await made(`export const map = ({ u }) => ({ u });`);
    const text = `export const map = ({ u }, { params }) => ({ x: u.map((v) => v + params.k) });`;
    await Deno.writeTextFile(join(folder, "work.ts"), text);
    const args = ["--directory", folder, "--base", "time_series.parquet", "--file", "work.ts"];
    // A double holds the first one exactly, and is written with fewer digits.
    for (const k of ["12345678901234567168", "1e-300", "0.1"]) {
      const { code, stdout } = await finish(way, ["run", ...args, "--params", `{"k":${k}}`]);
      assertEquals(code, 0, stdout);
      assertEquals((await verify(result))[0], 0, k);
    }
  });

  Deno.test(`a file without lineage, and what is none, are told [${way.name}]`, async () => {
    const { folder, result } = await made(FORMULA, FIELDS);
    const cases: [string, RegExp][] = [
      [
        "time_series.parquet",
        /doesn't say where it came from: its footer has no measuring\.lineage/,
      ],
      ["work.ts", /work\.ts can't be used: it is not a Parquet file/],
      ["nothing.parquet", /nothing\.parquet doesn't exist/],
      ["limits", /doesn't say where it came from/],
      ["lib", /there is no \.parquet file in the folder/],
      ["later.parquet", /its form 2 is of a later version/],
      ["forged.parquet", /can't be read: Formula is no/],
    ];
    const text = (await notedFor(result))[KEY]!;
    const later = JSON.stringify({ ...JSON.parse(text), Form: 2 });
    const forged = JSON.stringify({ ...JSON.parse(text), Formula: 7 });
    for (const [name, value] of [["later", later], ["forged", forged]]) {
      await duckdb.run(
        `copy (select 1 as a) to ${
          quoted(join(folder, `${name}.parquet`))
        } (format parquet, kv_metadata {'${KEY}': ${quoted(value!)}})`,
      );
    }
    for (const [name, message] of cases) {
      for (const command of ["lineage", "verify"]) {
        const { code, stdout, stderr } = await finish(way, [command, join(folder, name)]);
        assertEquals([code, stdout], [1, ""], `${command} ${name}: ${stderr}`);
        assertMatch(stderr, message);
      }
    }
    assertEquals((await finish(way, ["verify"])).code, 2);
  });

  peerTest(
    `results of random jobs are computed again, and a changed bit is found [${way.name}]`,
    async () => {
      using _told = tellAmount("verified-results");
      for (const index of randomCases("verified-results")) {
        const random = fuzzRandom(index);
        const pick = <T>(of: readonly T[]): T => of[random(of.length)]!;
        const folder = await shared.folder();
        const rows = 1 + random(90_000), groups = 1000 + random(50_000), files = 1 + random(4);
        for (let k = 0; k < files; k++) {
          await write(join(folder, `data/${k}.parquet`), SERIES(rows, k * rows), groups);
        }
        const formula = pick([
          `export const keep = ["id", "unit"]; export const map = ({ u }) => ({ x: u.map((v) => v / 3) });`,
          `export const overlap = { before: 9, after: 0 };
         export const map = ({ u, id }) => ({ x: u.map((v, k) => v + (u[k - 1] ?? 0)), id });`,
          `import { groupBy } from "measuring/groups";
         export const { chunk, combine, aggregate } = groupBy("unit").mean("u", "x").std("u");`,
          `export const main = async (frame) => ({ x: (await frame.column("u")).map((v) => v * v) });`,
          `export const filter = { id: { $gt: 5 } };
         export const map = ({ u, time }) => ({ time, x: u.map((v) => v + 1) });`,
        ]);
        const fields = {
          Base: "data",
          Codec: pick(["snappy", "zstd", "none"]),
          ...pick([{}, { To: "2024-01-01T03:00:00" }, { Filter: { unit: "unit 3" } }]),
        };
        const what = `case ${index}: ${rows} rows, ${formula}, ${JSON.stringify(fields)}`;
        const { Response } = await runFormula(shared.server, folder, formula, fields);
        assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
        const result = join(folder, "work_ansver.parquet");
        const [code, words] = await verify(result);
        assertEquals([code, words], [
          0,
          "work_ansver.parquet: same: computed again, it has the same bytes\n",
        ], what);

        // pyarrow stores the same values in other bytes.
        const rewritten = join(folder, "rewritten.parquet");
        await callPeer("altered", result, rewritten, null, 0);
        const again = await verify(rewritten, "--json");
        assertEquals([again[0], JSON.parse(again[1]).SameBytes], [0, false], `${what}: ${again}`);
        const count = Response.Job!.Rows;
        if (count === 0) continue;
        const column = formula.includes("groupBy") ? /mean\("u", "(\w+)"/.exec(formula)![1]! : "x";
        const row = random(count);
        await callPeer("altered", result, rewritten, column, row);
        const differs = await verify(rewritten, "--json");
        const { Result, Difference } = JSON.parse(differs[1]);
        assertEquals([differs[0], Result, Difference.row, Difference.column], [
          5,
          "different",
          row,
          column,
        ], what);
        await Deno.remove(folder, { recursive: true });
      }
    },
  );

  Deno.test(`data on an HTTP server is compared, too; what is secret in a URL is not told [${way.name}]`, async () => {
    await using root = await tempDir();
    await write(join(root.path, "far/series.parquet"), SERIES(5000));
    await using files = new FileServer(join(root.path, "far"));
    const allow = ["--allow-host", files.host];
    await using server = await startServer(way, { root: root.path, args: allow });
    const Base = `http://${files.host}/series.parquet`;
    const { Response } = await runFormula(
      server,
      root.path,
      `export const map = ({ u }) => ({ u });`,
      { Base: `${Base}?key=geheim` },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const result = join(root.path, "work_ansver.parquet");
    const text = (await notedFor(result))[KEY]!;
    assertEquals(JSON.parse(text).Request.Base, Base);
    assertEquals(text.includes("geheim"), false);
    assertEquals((await verify(result, ...allow))[0], 0);
    await write(join(root.path, "far/series.parquet"), SERIES(5001));
    const [code, words] = await verify(result, ...allow);
    assertEquals(code, 3);
    assertMatch(words, /inputs changed: series\.parquet has \d+ bytes, and had \d+/);
    assertEquals((await verify(result))[0], 1);
  });
}

async function verified3(way: Way, args: string[]): Promise<[number, string, string]> {
  const { code, stdout, stderr } = await finish(way, ["verify", ...args]);
  return [code, stdout, stderr];
}

async function verified(way: Way, args: string[]): Promise<[number, string]> {
  const [code, stdout, stderr] = await verified3(way, args);
  return [code, code === 1 ? stdout + stderr : stdout];
}
