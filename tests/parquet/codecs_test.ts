import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { finish, type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { until } from "../support/until.ts";

const duckdb = await sharedDuckDB();

/** One formula of each way to a table: row for row, from partial results, from `main`, and from `frame`. */
const FORMULAS: Record<string, string> = {
  map: `export const map = ({ u, unit, n }) => ({ half: u.map((v) => v / 2), unit, n });`,
  reduction: `export const chunk = ({ u }) => [u.length];
    export const combine = (a, b) => [...a, ...b];
    export const aggregate = (rows) => ({ rows: Float64Array.from(rows), name: rows.map(String) });`,
  main: `export const main = async (frame) => ({ u: await frame.column("u") });`,
  lazy: `export const twice = ({ u }) => ({ twice: u.map((v) => 2 * v) });
    export const main = (frame) => frame.mapPartitions(twice);`,
};

const NAMES = { snappy: "SNAPPY", zstd: "ZSTD", none: "UNCOMPRESSED" } as const;

async function writeData(path: string): Promise<void> {
  await duckdb.run(
    `copy (select sin(i) as u, 'unit ' || (i % 7) as unit, case when i % 3 = 0 then null else i end as n
     from range(100000) t(i)) to ${quoted(path)} (row_group_size 40960, codec gzip)`,
  );
}

/** Codecs of a result's columns, as DuckDB finds them. */
async function codecs(folder: string): Promise<Record<string, string>> {
  const rows = await duckdb.rows(
    `select path_in_schema, string_agg(distinct compression) from parquet_metadata(${
      quoted(join(folder, "work_ansver.parquet"))
    }) group by path_in_schema order by path_in_schema`,
  );
  return Object.fromEntries(rows);
}

async function codecOf(server: RunningServer, folder: string, fields = {}) {
  const { Response } = await runFormula(server, folder, FORMULAS.lazy!, fields);
  assertEquals(Response.Status, "complete", JSON.stringify(Response));
  return (await codecs(folder)).twice;
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`a result has the requested codec and the same values [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"));
    const result = quoted(join(path, "work_ansver.parquet"));
    for (const [name, formula] of Object.entries(FORMULAS)) {
      await duckdb.run("drop table if exists plain");
      for (const codec of ["none", "snappy", "zstd"] as const) {
        const { Response } = await runFormula(server, path, formula, { Codec: codec });
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const found = new Set(Object.values(await codecs(path)));
        assertEquals(found, new Set([NAMES[codec]]), name);
        await duckdb.run(`create table if not exists plain as from ${result}`);
        const [[rows, same]] = await duckdb.rows(
          `select (select count(*) from ${result}), not exists (from plain except all from ${result})
           and (select count(*) from plain) = (select count(*) from ${result})`,
        ) as [[bigint, boolean]];
        assert(rows > 0n && same, `${name} in ${codec}`);
      }
    }
  });

  Deno.test(`carried columns keep their codec [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await duckdb.run(
      `copy (select i / 3 as u, i as time from range(500000) t(i))
       to ${quoted(join(path, "time_series.parquet"))} (row_group_size 122880, codec gzip)`,
    );
    const formula = `export const keep = ["time"]; export const map = ({ u }) => ({ u });`;
    const { Response } = await runFormula(server, path, formula, { Codec: "zstd" });
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    assertEquals(await codecs(path), { time: "GZIP", u: "ZSTD" });
    const [count, sum] = (await duckdb.rows(
      `select count(*), sum(time) from ${
        quoted(join(path, "work_ansver.parquet"))
      } where u = time / 3`,
    ))[0]!;
    assertEquals([count, sum], [500_000n, 124_999_750_000n]);
  });

  Deno.test(`the service's codec applies when a request names none, also after SIGHUP [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeData(join(path, "time_series.parquet"));
    const config = join(path, "service.toml");
    await Deno.writeTextFile(config, 'codec = "zstd"\n');
    await using server = await startServer(way, { root: path, args: ["--config", config] });
    assertEquals(await codecOf(server, path), "ZSTD");
    assertEquals(await codecOf(server, path, { Codec: "none" }), "UNCOMPRESSED");
    await Deno.writeTextFile(config, 'codec = "none"\n');
    Deno.kill(server.pid, "SIGHUP");
    await until(
      "the configuration to be read again",
      () => server.stderr.includes('the configuration was read again"'),
    );
    assertEquals(await codecOf(server, path), "UNCOMPRESSED");
    await using other = await startServer(way, { root: path, env: { MEASURING_CODEC: "zstd" } });
    assertEquals(await codecOf(other, path), "ZSTD");
    await using plain = await startServer(way, { root: path });
    assertEquals(await codecOf(plain, path), "SNAPPY");
  });

  Deno.test(`an unknown codec is refused with the list of known ones [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"));
    for (
      const [codec, came] of [
        ["gzip", 'the string "gzip"'],
        ["SNAPPY", '"SNAPPY"'],
        [null, "null"],
        [1, "1"],
      ]
    ) {
      const { Response } = await runFormula(server, path, FORMULAS.map!, { Codec: codec });
      assertEquals(Response.Error?.Code, "BAD_REQUEST");
      const wanted = `Request.Codec must be one of "snappy", "zstd", "none", but `;
      assert(Response.Error!.Message.startsWith(wanted), Response.Error!.Message);
      assert(Response.Error!.Message.includes(`${came} came`), Response.Error!.Message);
    }
    const other = await runFormula(server, path, FORMULAS.map!, { codec: "zstd" });
    assertMatch(
      String(other.Response.Discription),
      /Request\.codec is not known: it is written Codec/,
    );
    const { code, stderr } = await finish(way, ["config", "--codec", "gzip"]);
    assertEquals(code, 2);
    assertMatch(stderr, /codec must be one of snappy, zstd, none, not "gzip"/);
  });

  Deno.test(`run accepts a codec, locally and on a service [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"));
    await Deno.writeTextFile(join(path, "work.ts"), FORMULAS.lazy!);
    const places: string[][] = [[], ["--remote", `127.0.0.1:${server.port}`]];
    for (const place of places) {
      const run = (codec: string) =>
        finish(way, [
          ...["run", ...place, "--directory", path, "--base", "time_series.parquet"],
          ...["--file", "work.ts", "--codec", codec],
        ]);
      const good = await run("zstd");
      assertEquals(good.code, 0, good.stdout + good.stderr);
      assertEquals(await codecs(path), { twice: "ZSTD" });
      const before = openParquet(join(path, "work_ansver.parquet")).size;
      const bad = await run("lz4");
      assertEquals(bad.code, 1);
      assertMatch(bad.stdout + bad.stderr, /Request\.Codec must be one of/);
      assertEquals(openParquet(join(path, "work_ansver.parquet")).size, before);
    }
  });
}
