import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { ServiceError } from "../../mod/common/errors.ts";
import { Hosts } from "../../mod/remote/hosts.ts";
import { fileName } from "../../mod/remote/url.ts";
import { FileServer } from "../support/file_server.ts";
import { listing, runFormula, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  startServer,
  type TempDir,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { resultBytes } from "../support/result_bytes.ts";
import { shareService } from "../support/shared_service.ts";

const POWER = `export const map = ({ u, i }) => ({ power: u.map((v, k) => v * i[k]) });
export const keep = ["time", "unit"];`;
const SUM = `export const chunk = ({ u }) => u.reduce((a, b) => a + b, 0);
export const combine = (a, b) => a + b;`;

interface Parts {
  /** Folder of the HTTP server. */
  remote: string;
  /** Folder of the jobs. */
  local: string;
  files: FileServer;
  run(
    formula: string,
    base: unknown,
    fields?: Record<string, unknown>,
  ): ReturnType<typeof runFormula>;
}

const [way] = ways as [Way];
let remotes: TempDir, files: FileServer;
/** A service that may read what is on the HTTP server. */
const shared = shareService(way, {
  prepare: async () => {
    remotes = await tempDir();
    files = new FileServer(remotes.path);
  },
  args: () => ["--allow-host", files.host],
  close: async () => {
    await files[Symbol.asyncDispose]();
    await remotes[Symbol.asyncDispose]();
  },
});

/** Runs a test with folders of its own on the HTTP server and under the service's root. */
function test(name: string, check: (parts: Parts) => Promise<void>): void {
  Deno.test({
    name: `${name} [${way.name}]`,
    // The service's connections to the HTTP server go on from test to test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using remote = await tempDir();
      files.serveAnew(remote.path);
      const local = await shared.folder();
      const run = (formula: string, Base: unknown, fields: Record<string, unknown> = {}) =>
        runFormula(shared.server, local, formula, { Base, ...fields });
      await check({ remote: remote.path, local, files, run });
    },
  });
}

test("a file on an HTTP server gives the result of the same file on disk", async (parts) => {
  const { remote, local, files, run } = parts;
  await writeSample(remote, 20_000, 3000);
  await Deno.copyFile(join(remote, "time_series.parquet"), join(local, "time_series.parquet"));
  const there = await run(POWER, files.url("time_series.parquet"), { Output: "there" });
  assertEquals(there.Response.Error, undefined);
  const here = await run(POWER, "time_series.parquet", { Output: "here" });
  assertEquals(here.Response.Error, undefined);
  assertEquals(
    await resultBytes(join(local, "there.parquet")),
    await resultBytes(join(local, "here.parquet")),
  );
  assertEquals(there.Response.Job!.Rows, 20_000);
  assertEquals(files.served.every(({ range }) => range !== null), true);
});

test("only bytes of the columns that are used are transferred", async ({ remote, files, run }) => {
  await writeSample(remote, 300_000, 50_000);
  const { size } = Deno.statSync(join(remote, "time_series.parquet"));
  const reply = await run(SUM, files.url("time_series.parquet"));
  assertEquals(reply.Response.Error, undefined);
  assert(files.bytes < 300_000 * 8 * 1.2, `${files.bytes} of ${size} bytes were fetched`);
  assert(files.bytes >= 300_000 * 8 * 0.5);
  assert(Math.abs(reply.Response.Job!.BytesRead as number - files.bytes) < 200_000);
});

test("files on servers and on disk form one dataset, with filters too", async (parts) => {
  const { remote, local, files, run } = parts;
  const all: number[] = [];
  for (const [folder, rows] of [[remote, 700], [remote, 900], [local, 500]] as const) {
    const { u, n } = await writeSample(folder, rows, 100, `part.${rows}.parquet`);
    n.forEach((value, row) => value >= 400 && all.push(u[row]!));
  }
  const base = [files.url("part.700.parquet"), files.url("part.900.parquet"), "part.500.parquet"];
  const reply = await run(`export const filter = { n: { $gte: 400 } };\n${SUM}`, base);
  assertEquals(reply.Response.Error, undefined);
  const sum = Number(reply.Response.Result);
  assert(Math.abs(sum - all.reduce((a, b) => a + b, 0)) < 1e-6);
});

test("a server's wrong answer is reported, and no file is left", async (parts) => {
  const { remote, local, files, run } = parts;
  await writeSample(remote, 5000);
  const error = async (name: string) => {
    const { Code = "", Message = "" } = (await run(SUM, files.url(name))).Response.Error ?? {};
    return { code: Code, message: Message };
  };
  assertEquals((await error("none.parquet")).code, "BASE_NOT_FOUND");

  files.instead = (_, path) => new Response(Deno.readFileSync(path));
  const whole = await error("time_series.parquet?signature=secret");
  assertEquals(whole.code, "BASE_UNREADABLE");
  assertStringIncludes(whole.message, "does not serve ranges");
  assert(!whole.message.includes("secret"), whole.message);

  files.instead = () => new Response("no", { status: 403 });
  assertStringIncludes((await error("time_series.parquet")).message, "answered 403");

  files.instead = () => new Response("no", { status: 503 });
  const before = files.served.length;
  assertStringIncludes((await error("time_series.parquet")).message, "answered 503");
  assert(files.served.length - before >= 3, "a busy server is asked again");

  files.instead = () =>
    new Response("1234", { status: 206, headers: { "Content-Range": "bytes 7-10/500" } });
  assertStringIncludes((await error("time_series.parquet")).message, "another range");

  files.instead = () => undefined;
  await Deno.writeTextFile(join(remote, "text.parquet"), "no Parquet file at all\n".repeat(9));
  assertEquals((await error("text.parquet")).code, "BASE_NOT_PARQUET");
  assertEquals(listing(local), ["work.ts"]);
});

test("a request to a busy server is retried, and the job succeeds", async ({ remote, files, run }) => {
  const { u } = await writeSample(remote, 5000);
  let asked = 0;
  files.instead = () => ++asked % 2 === 1 ? new Response("later", { status: 503 }) : undefined;
  const reply = await run(SUM, files.url("time_series.parquet"));
  assertEquals(Number(reply.Response.Result), u.reduce((a, b) => a + b, 0));
});

test("a file that changes during reading gives an error, not a mixture", async (parts) => {
  const { remote, files, run, local } = parts;
  await writeSample(remote, 50_000, 5000);
  let asked = 0;
  files.etag = () => `"${++asked > 12 ? "new" : "old"}"`;
  const reply = await run(SUM, files.url("time_series.parquet"));
  assertEquals(reply.Response.Error?.Code, "BASE_UNREADABLE");
  assertStringIncludes(reply.Response.Error!.Message!, "changed or shrank");
  assertEquals(listing(local), ["work.ts"]);
});

test("redirects are followed to allowed hosts only", async ({ remote, files, run }) => {
  const { u } = await writeSample(remote, 5000);
  await using other = new FileServer(remote);
  const to = (url: string) => new Response(null, { status: 302, headers: { Location: url } });
  files.instead = (request) =>
    request.url.endsWith("/moved.parquet") ? to("/time_series.parquet") : undefined;
  const moved = await run(SUM, files.url("moved.parquet"));
  assertEquals(Number(moved.Response.Result), u.reduce((a, b) => a + b, 0));

  files.instead = () => to(other.url("time_series.parquet"));
  const elsewhere = await run(SUM, files.url("moved.parquet"));
  assertEquals(elsewhere.Response.Error?.Code, "FORBIDDEN_PATH");
  assertEquals(other.served.length, 0);

  files.instead = () => to("/again.parquet");
  const circle = await run(SUM, files.url("moved.parquet"));
  assertStringIncludes(circle.Response.Error!.Message!, "redirected more than");
});

test("a host that is not allowed is never asked", async ({ remote, files, run }) => {
  await writeSample(remote, 100);
  await using other = new FileServer(remote);
  const reply = await run(SUM, other.url("time_series.parquet"));
  assertEquals(reply.Response.Error?.Code, "FORBIDDEN_PATH");
  assertStringIncludes(reply.Response.Error!.Message!, `--allow-host ${other.host}`);
  const sneaky = `http://${files.host}@${other.host}/time_series.parquet`;
  assertEquals((await run(SUM, sneaky)).Response.Error?.Code, "FORBIDDEN_PATH");
  assertEquals(other.served.length, 0);
});

for (const way of bothWays) {
  Deno.test(`a formula may not use the network, whatever hosts are allowed [${way.name}]`, async () => {
    await using remote = await tempDir();
    await using local = await tempDir();
    await using files = new FileServer(remote.path);
    await using server = await startServer(way, {
      root: local.path,
      args: ["--allow-host", files.host],
    });
    await writeSample(remote.path, 100);
    const url = files.url("time_series.parquet");
    const formula = `export async function main() {
  const tried = [], address = ${JSON.stringify(url)};
  for (const step of [
    () => fetch(address),
    () => Deno.connect({ port: ${files.host.split(":")[1]} }),
  ]) tried.push(await Promise.try(step).then(() => "done", (e) => e.name));
  return tried;
}`;
    const reply = await runFormula(server, local.path, formula, { Base: url });
    assertEquals(reply.Response.Error, undefined);
    const tried = reply.Response.Result as string[];
    assertEquals(tried.length, 2);
    assert(!tried.includes("done"), String(tried));
  });
}

for (const way of ways) {
  Deno.test(`run and check read a URL of a host that is allowed [${way.name}]`, async () => {
    await using remote = await tempDir();
    await using local = await tempDir();
    await using files = new FileServer(remote.path);
    await writeSample(remote.path, 3000);
    const formula = join(local.path, "work.ts");
    await Deno.writeTextFile(formula, SUM);
    const base = ["--base", files.url("time_series.parquet")];
    const run = ["run", "--directory", local.path, "--file", "work.ts", ...base];
    const allow = ["--allow-host", files.host];
    const refused = await finish(way, run);
    assertEquals(refused.code, 1);
    assertEquals(JSON.parse(refused.stdout).Response.Error.Code, "FORBIDDEN_PATH");
    const done = await finish(way, [...run, ...allow]);
    assertEquals([done.code, done.stderr], [0, ""], done.stdout);
    const checked = await finish(way, ["check", formula, ...base, ...allow]);
    assertEquals([checked.code, checked.stderr], [0, ""]);
    assertMatch(checked.stdout, /^time_series\.parquet has time TIMESTAMP/m);
    const wrong = await finish(way, [...run, "--allow-host", "http://x/y"]);
    assertMatch(JSON.parse(wrong.stdout).Response.Error.Message, /is not a host/);
  });
}

Deno.test("hosts are allowed by name and port, with default ports where none is given", () => {
  const hosts = new Hosts(["data.example", "Store.Example:9000", "[::1]:8080", "10.0.0.7:80"]);
  assertEquals(hosts.addresses, [
    "data.example:80",
    "data.example:443",
    "store.example:9000",
    "[::1]:8080",
    "10.0.0.7:80",
  ]);
  const allowed = (url: string) => hosts.allow(new URL(url));
  assert(allowed("https://DATA.example/a.parquet"));
  assert(allowed("http://data.example:443/a"));
  assert(allowed("http://store.example:9000/"));
  assert(allowed("http://[::1]:8080/a"));
  assert(!allowed("https://data.example:8443/a"));
  assert(!allowed("http://store.example/a"));
  assert(!allowed("http://sub.data.example/a"));
  assert(!allowed("ftp://data.example:80/a"));
  assertEquals(hosts.allowed("HTTP://data.example/a b#c"), "http://data.example/a%20b");
  for (const wrong of ["", "a/b", "http://a", "a:x", "a:99999", "user@a", "*", "a,b", "a b"]) {
    assertThrows(() => new Hosts([wrong]), ServiceError, "is not a host");
  }
});

Deno.test("a URL's name for messages leaves out user and query", () => {
  assertEquals(fileName("https://me:pw@host/x/a.parquet?sig=1"), "a.parquet");
  assertEquals(fileName("https://host/"), "host");
  assertEquals(fileName("/data/a.parquet"), "a.parquet");
});
