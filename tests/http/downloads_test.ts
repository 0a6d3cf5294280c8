/** Results that are taken from the page as files: whole, or as CSV of what is chosen. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { attachment } from "../../mod/http/page/attachment.ts";
import { writeSample } from "../support/fixtures.ts";
import { bothWays, type RunningServer, startServer, tempDir } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { end, submit, writeFormulas } from "../support/job_requests.ts";
import { as, member, writeTokens } from "../support/named_clients.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { MemoryCurve } from "../support/process_figures.ts";
import { openFiles } from "../support/processes.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { until } from "../support/until.ts";

const ROWS = 30_000;
/** Columns of all kinds; the last one is none that CSV can hold. */
const KINDS = `
  export const map = ({ n, unit }, { params }) => {
    const stored = (values, unit, utc) => ({ values: BigInt64Array.from(values, BigInt), unit, utc });
    return {
      ns: stored(Array.from(n, (v) => 1_700_000_000_123_456_789n + BigInt(v)), "ns", false),
      "before, µs": stored(Array.from(n, (v) => -1n - BigInt(v)), "us", true),
      day: { values: Int32Array.from(n, (v) => 19_000 + v % 999), unit: "day", utc: false },
      big: BigInt64Array.from(n, (v) => 9_007_199_254_740_993n + BigInt(v)),
      tenth: Float32Array.from(n, (v) => v / 10),
      double: Float64Array.from(n, (v) => v === 3 ? Infinity : v / 3),
      odd: Array.from(n, (v) => v % 2 === 1),
      maybe: Array.from(n, (v) => v % 2 ? null : v),
      'Текст "1"': Array.from(unit, (v, k) => [v, null, "", 'a "b", c', "two\\nlines", " ось "][n[k] % 6]),
      ...(params?.raw ? { raw: Array.from(n, (v) => Uint8Array.of(v % 256)) } : {}),
    };
  };`;
const CSV_COLUMNS = 9;
const TABLES = `
  export const tables = ["all", "odd"];
  export const map = ({ n }) => ({ all: { n }, odd: { twice: n.filter((v) => v % 2).map((v) => 2 * v) } });`;
/** 360 MB that no codec makes smaller. */
const LARGE = `
  export const map = ({ u }) => {
    const noise = () => Float64Array.from({ length: 500 * u.length }, () => Math.random());
    return { a: noise(), b: noise(), c: noise() };
  };`;
/** What a server may grow by, in MiB, while it sends a file of several times that length. */
const MOST_GROWTH = 200;

const duckdb = await sharedDuckDB();

type Body = (page: URL, server: RunningServer, folder: string, way: string) => Promise<void>;

function test(name: string, body: Body): void {
  for (const way of bothWays) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await writeSample(folder.path, ROWS, ROWS / 3);
      await writeFormulas(folder.path, {
        "kinds.ts": KINDS,
        "large.ts": LARGE,
        "tables.ts": TABLES,
      });
      const args = ["--http", "127.0.0.1:0"];
      await using server = await startServer(way, { root: folder.path, args });
      await body(await pageOf(server), server, folder.path, way.name);
    });
  }
}

async function done(server: RunningServer, folder: string, file: string, fields = {}) {
  const job = await end(server, (await submit(server, folder, file, fields)).Id);
  assertEquals(job.State, "complete", JSON.stringify(job.Error));
  return { id: job.Id, path: join(folder, job.Result.File) };
}

const saved = async (page: URL, path: string) => {
  const response = await fetch(new URL(`/api/jobs/${path}`, page));
  assertEquals(response.status, 200);
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
};

async function refused(page: URL, path: string): Promise<[number, string, string]> {
  const { status, text } = await get(page, `/api/jobs/${path}`);
  const { Code, Message } = JSON.parse(text).Error;
  return [status, Code, Message];
}

Deno.test("names of files are right for programs that read the new form, and for those that don't", () => {
  assertEquals(attachment("a b.csv"), `attachment; filename="a b.csv"; filename*=UTF-8''a%20b.csv`);
  assertEquals(
    attachment(`Ось "1"\\%'(*).csv\r\n`),
    `attachment; filename="___ _1___'(*).csv__"; filename*=UTF-8''%D0%9E%D1%81%D1%8C%20%221%22%5C%25%27%28%2A%29.csv%0D%0A`,
  );
});

test("a result is saved as it is, under its name", async (page, server, folder) => {
  const Output = `Мощность "1".parquet`;
  const { id, path } = await done(server, folder, "kinds.ts", { Output });
  const { response, bytes } = await saved(page, `${id}/file`);
  assertEquals(bytes, await Deno.readFile(path));
  assertEquals(response.headers.get("content-length"), String(bytes.length));
  assertEquals(response.headers.get("content-disposition"), attachment(Output));
  const { text } = await get(page, `/api/jobs/${id}/download`);
  assertEquals(JSON.parse(text), { File: Output, Bytes: bytes.length });
  const value = await done(server, folder, "kinds.ts", { Output: "lines.csv" });
  assertEquals(
    (await saved(page, `${value.id}/file`)).bytes,
    await Deno.readFile(value.path),
    "a result that is CSV already",
  );
  const parts = await done(server, folder, "kinds.ts", { Output: "parts/" });
  const [status, code, message] = await refused(page, `${parts.id}/file`);
  assertEquals([status, code], [400, "BAD_REQUEST"]);
  assertMatch(message, /is the folder parts\//);
});

test("each table of a result of several is saved under its name", async (page, server, folder) => {
  const { id } = await done(server, folder, "tables.ts");
  for (const [table, column, rows] of [["all", "n", ROWS], ["odd", "twice", ROWS / 2]] as const) {
    const file = `tables_ansver.${table}.parquet`;
    const { bytes, response } = await saved(page, `${id}/file?table=${table}`);
    assertEquals(bytes, await Deno.readFile(join(folder, file)));
    assertEquals(response.headers.get("content-disposition"), attachment(file));
    const { bytes: lines } = await saved(page, `${id}/csv?table=${table}&column=${column}&to=9`);
    const [name, ...values] = new TextDecoder().decode(lines).trimEnd().split("\r\n");
    assertEquals([name, values.length], [column, 9]);
    const { text } = await get(page, `/api/jobs/${id}/result?table=${table}`);
    assertEquals(JSON.parse(text).Rows, rows);
  }
  assertEquals(
    (await saved(page, `${id}/file`)).bytes,
    (await saved(page, `${id}/file?table=all`)).bytes,
  );
  for (const what of ["file", "download", "csv"]) {
    const [status, , message] = await refused(page, `${id}/${what}?table=od`);
    assertEquals(status, 400);
    assertMatch(message, /no table od: .*odd/);
  }
});

test(
  "a result that was replaced or removed is not sent as another",
  async (page, server, folder) => {
    const first = await done(server, folder, "kinds.ts");
    const second = await done(server, folder, "kinds.ts");
    for (const what of ["file", "download", "csv"]) {
      const [status, code, message] = await refused(page, `${first.id}/${what}`);
      assertEquals([status, code], [404, "BASE_NOT_FOUND"]);
      assertMatch(message, /no longer there/);
    }
    await saved(page, `${second.id}/file`);
    await Deno.remove(second.path);
    for (const what of ["file", "download", "csv"]) {
      assertEquals((await refused(page, `${second.id}/${what}`)).slice(0, 2), [
        404,
        "BASE_NOT_FOUND",
      ]);
    }
    assertEquals((await refused(page, "none/file")).slice(0, 2), [404, "JOB_NOT_FOUND"]);
  },
);

test(
  "CSV of all is what the service itself writes, and of a choice what DuckDB finds",
  async (page, server, folder, way) => {
    const { id, path } = await done(server, folder, "kinds.ts");
    const lines = await done(server, folder, "kinds.ts", { Output: "all.csv" });
    const whole = await saved(page, `${id}/csv`);
    assertEquals(whole.bytes, await Deno.readFile(lines.path));
    assertEquals(
      whole.response.headers.get("content-disposition"),
      attachment("kinds_ansver.csv"),
    );
    const types = await duckdb.rows(
      `select column_name, column_type from (describe select * from ${quoted(path)})`,
    ) as [string, string][];
    for (let round = 0; round < 12; round++) {
      const random = fuzzRandom(round);
      const chosen = types.map((one) => [random(1000), one] as const)
        .sort(([a], [b]) => a - b).map(([, one]) => one)
        .slice(0, 1 + random(types.length));
      const from = random(ROWS), to = from + 1 + random(ROWS - from);
      const query = new URLSearchParams([["from", `${from}`], ["to", `${to}`]]);
      for (const [name] of chosen) query.append("column", name);
      const { bytes } = await saved(page, `${id}/csv?${query}`);
      const file = join(folder, `chosen_${way.length}.csv`);
      await Deno.writeFile(file, bytes);
      const names = chosen.map(([name]) => `"${name.replaceAll('"', '""')}"`);
      const columns = chosen.map(([name, type]) => `${quoted(name)}: ${quoted(type)}`).join(", ");
      const read =
        `read_csv(${quoted(file)}, header = true, delim = ',', quote = '"', escape = '"', ` +
        `nullstr = '', allow_quoted_nulls = false, new_line = '\\r\\n', parallel = false, columns = {${columns}})`;
      const wanted = `select ${names} from (select *, file_row_number as nth from
      read_parquet(${
        quoted(path)
      }, file_row_number = true)) where nth >= ${from} and nth < ${to} order by nth`;
      const got = await duckdb.rows(`select ${names} from ${read}`);
      assertEquals(got.length, to - from, `round ${round}`);
      assertEquals(String(got), String(await duckdb.rows(wanted)), `round ${round}: ${query}`);
    }
    assertEquals(types.length, CSV_COLUMNS);
  },
);

test("what can't be had as CSV is refused with what can", async (page, server, folder) => {
  const { id } = await done(server, folder, "kinds.ts", { Params: { raw: true } });
  const message = async (query: string) => {
    const [status, code, text] = await refused(page, `${id}/csv?${query}`);
    assertEquals([status, code], [400, "BAD_REQUEST"], query);
    return text;
  };
  assertMatch(await message("column=duble"), /no column duble: .*double/);
  assertMatch(await message("colum=a"), /no colum of CSV: .*column/);
  assertMatch(await message("column=raw"), /the column raw holds .*, which CSV can't hold/);
  assertMatch(await message("column=day&column=day"), /twice/);
  assertMatch(await message(`from=${ROWS}`), /from must be below 30000/);
  assertMatch(await message("from=5&to=5"), /to must be above from/);
  assertMatch(await message("from=-1"), /from must be a whole number/);
  const { bytes } = await saved(page, `${id}/csv`);
  const [first] = new TextDecoder().decode(bytes).split("\r\n");
  assert(!first!.includes("raw"), "what CSV can't hold is left out of all columns");
});

test(
  "a large result is sent in bounded memory, to slow readers and to those that go away",
  async (page, server, folder) => {
    const { id, path } = await done(server, folder, "large.ts", { Codec: "none" });
    const { size } = await Deno.stat(path);
    assert(size > 300e6, `${size}`);
    await get(page, `/api/jobs/${id}/result`); // an engine has looked
    const begin = async (what: string) => {
      const connection = await Deno.connect({ hostname: page.hostname, port: Number(page.port) });
      const head = `GET /api/jobs/${id}/${what} HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`;
      await connection.write(new TextEncoder().encode(head));
      const buffer = new Uint8Array(1 << 16);
      const count = await connection.read(buffer);
      assertMatch(new TextDecoder().decode(buffer.subarray(0, count!)), /^HTTP\/1.1 200 /);
      return connection;
    };
    const reads = () => openFiles(server.pid).filter((file) => file === path).length;
    using curve = new MemoryCurve(server, "downloads");
    // More than may go on at once: those that went away make room.
    for (let round = 0; round < 5; round++) {
      const slow = await Promise.all([1, 2, 3, 4].map(() => begin("file")));
      const lines = await begin("csv");
      // While a block is read, Deno holds its file twice for a moment.
      await until("a file for each download", () => reads() === 4);
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (const connection of [...slow, lines]) connection.close();
      await until("the file to be closed", () => reads() === 0);
    }
    const response = await fetch(new URL(`/api/jobs/${id}/file`, page));
    let length = 0;
    for await (const block of response.body!) length += block.length;
    assertEquals(length, size);
    const partial = await fetch(new URL(`/api/jobs/${id}/csv?column=b&to=4000000`, page));
    let text = 0, ends = 0;
    for await (const block of partial.body!) {
      text += block.length;
      for (const byte of block) if (byte === 10) ends++;
    }
    assertEquals(ends, 4_000_001);
    assert(text > 64e6, `${text}`);
    assert(curve.growth < MOST_GROWTH, `the server has grown by ${curve.growth} MiB`);
  },
);

for (const way of bothWays) {
  Deno.test(`downloads keep to roles [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using secrets = await tempDir();
    await writeSample(folder.path, 100);
    await writeFormulas(folder.path, { "kinds.ts": KINDS });
    const ann = member("ann", "run"), bob = member("bob", "run"), eve = member("eve", "look");
    const tokens = join(secrets.path, "tokens.toml");
    await writeTokens(tokens, [ann, bob, eve]);
    const args = ["--http", "127.0.0.1:0", "--tokens-file", tokens];
    await using server = await startServer(way, { root: folder.path, args });
    const page = await pageOf(server);
    const { Id } = await submit(as(server, ann), folder.path, "kinds.ts");
    await end(as(server, ann), Id);
    for (const what of ["file", "csv", "download"]) {
      const status = async (headers: Record<string, string>) =>
        (await get(page, `/api/jobs/${Id}/${what}`, headers)).status;
      const of = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
      assertEquals(
        [await status({}), await status(of(bob)), await status(of(ann)), await status(of(eve))],
        [401, 404, 200, 200],
      );
    }
  });
}
