import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ERROR_CODES } from "../../mod/common/errors.ts";
import { LIMIT_ENTRIES } from "../../mod/settings/entries.ts";
import { defaultSettings } from "../../mod/settings/settings.ts";
import { writeSample } from "../support/fixtures.ts";
import { SEED } from "../support/suite_options.ts";
import { LineReader, type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { shareService } from "../support/shared_service.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";

const STATUS = '{"Header":"Info","Request":"Status"}';
const ALIVE = '{"Header":"Info","Request":"Status","Connection":"keep-alive"}';

const services = ways.map((way) => ({ way, shared: shareService(way) }));

/**
 * A test of the protocol against the whole program.
 *
 * @param own Whether it needs a service of its own, whose root is its folder.
 */
function test(
  name: string,
  check: (server: RunningServer, folder: string) => Promise<void>,
  { own = false } = {},
): void {
  for (const { way, shared } of services) {
    Deno.test(`${name} [${way.name}]`, async () => {
      if (own) {
        await using folder = await tempDir();
        await using server = await startServer(way, { root: folder.path });
        await check(server, folder.path);
      } else {
        await alone(shared.server);
        await check(shared.server, await shared.folder());
      }
    });
  }
}

/** Waits until a service has noticed that all other clients have left. */
async function alone(server: RunningServer): Promise<void> {
  await until(
    "no other client",
    async () => (await server.request(STATUS)).Response.Statistic?.Connections === 1,
  );
}

async function codeOf(server: RunningServer, request: unknown): Promise<string | undefined> {
  return (await server.request(request)).Response.Error?.Code;
}

/** Everything the server sends, by lines. */
async function replies(server: RunningServer, input: string | Uint8Array, halfClose = false) {
  const text = await exchange(server.port, input, { halfClose });
  assert(text === "" || text.endsWith("\n"), text);
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

test("the four information requests get the original's texts", async (server) => {
  const texts = {
    "Status": "Status: Ready",
    "Dask process": "Dask process: 0",
    "All process": "All process: 2",
    "All statistic": "All statistic: Status: Ready Dask process: 0 All process: 2",
  };
  for (const [name, text] of Object.entries(texts)) {
    for (
      const [header, asked] of [["Info", name], ["INFO", name.toUpperCase()], [
        "info",
        name.toLowerCase(),
      ]]
    ) {
      const reply = await server.request({ Header: header, Request: asked });
      assertEquals([reply.Header, reply.Request], [header, asked]);
      assertEquals(reply.Response.Status, "complete");
      assertEquals(reply.Response.Discription, text);
      assertEquals(Object.keys(reply), ["Header", "Request", "Response"]);
    }
  }
});

test("every open connection counts as a process", async (server) => {
  const others = [await server.connect(), await server.connect(), await server.connect()];
  const processes = async () =>
    (await server.request({ Header: "Info", Request: "All process" })).Response.Discription;
  await until("three more", async () => await processes() === "All process: 5");
  for (const one of others) one.close();
  await until("none of them", async () => await processes() === "All process: 2");
});

test("information includes the statistic", async (server) => {
  const { Response } = await server.request(STATUS);
  // deno-lint-ignore no-explicit-any
  const statistic = Response.Statistic as any;
  assert(statistic.Memory.Total > statistic.Memory.Available);
  assertEquals(statistic.Load.length, 3);
  assertEquals(statistic.Connections, 1);
  assertEquals(statistic.Jobs, { Running: 0, Queued: 0, Done: 0, Failed: 0 });
  assertMatch(statistic.Version, /^\d+\.\d+\.\d+$/);
  assert(statistic.Workers >= 1);
  assertEquals(statistic.Processes[0].Pid, server.pid);
  assertEquals(statistic.Processes[0].Role, "server");
  assert(statistic.Processes[0].Resident > 1e6);
}, { own: true });

test("an unknown information request is refused with the known ones", async (server) => {
  for (const asked of ["Load", "", 5, null, undefined, ["Status"], { a: 1 }]) {
    const { Header, Response } = await server.request({ Header: "Info", Request: asked });
    assertEquals([Header, Response.Status], ["Info", "error"]);
    assertEquals(Response.Error?.Code, "BAD_REQUEST");
    assertMatch(Response.Discription as string, /"Status", "Dask process", "All process", "All/);
  }
});

test("the echo equals the request to the last digit", async (server) => {
  const inner = '"Id":{"n":12345678901234567890,"x":1.0,"e":1E5,"":[],"2":0,"1":-0},' +
    '"__proto__":{"a":"\\u0041\\/\\ud800"},"Header":"info","Request":"status","Ключ":"é𝄞"';
  const compact = await server.exchange(`{${inner}}`);
  assert(compact.startsWith(`{${inner},"Response":{"Status":"complete"`), compact);
  const pretty = JSON.stringify({ Header: "Info", Request: "Status", Id: ["a b", { c: " \t" }] });
  const indented = JSON.stringify(JSON.parse(pretty), null, "\t").replaceAll("\n", "\r\n ");
  const spread = await server.exchange(indented);
  assert(spread.startsWith(pretty.slice(0, -1) + ',"Response":'), spread);
  assert(spread.indexOf("\n") === spread.length - 1);
});

test("a request's own Response is replaced", async (server) => {
  for (const key of ["Response", "\\u0052esponse"]) {
    const text = `{"${key}":{"a":[1,"}"]},"Header":"Info","${key}x":1,"Request":"Status"}`;
    const reply = await server.exchange(text);
    const kept = `{"Header":"Info","${key}x":1,"Request":"Status","Response":{"Status":"complete"`;
    assert(reply.startsWith(kept), reply);
  }
});

test("a request without a known header gets a noheader reply with its Id", async (server) => {
  const refused: [string, string][] = [
    ["{}", "it is missing"],
    ['{"header":"Info"}', "header came instead"],
    ['{"Header":"Bask","Request":"Status"}', '"Bask" came'],
    ['{"Header":"Jobs","Request":{"Action":"List"}}', '"Jobs" came'],
    ['{"Header":5}', "the number 5 came"],
    ['{"Header":null}', "null came"],
  ];
  for (const [text, message] of refused) {
    const reply = await server.request(text);
    assertEquals(Object.keys(reply), ["Header", "Response"]);
    assertEquals([reply.Header, reply.Response.Status], ["noheader", "error"]);
    assertEquals(reply.Response.Error?.Code, "UNKNOWN_HEADER");
    assert((reply.Response.Discription as string).includes(message), text);
  }
  const reply = await server.exchange('{ "Id": {"n": 1.0}, "Header": "x" }');
  assert(reply.startsWith('{"Header":"noheader","Id":{"n":1.0},"Response":'), reply);
});

test("input that isn't JSON gets a noheader reply", async (server) => {
  console.log(`seed ${SEED}`);
  const random = randomFrom(SEED + 2);
  const noise = Uint8Array.from({ length: 5000 }, () => random(256));
  noise[0] = 0x80;
  const inputs = ['{"a":}', "{,}", '{"Header":"Info" "Request":1}', "hello", "[]", noise, "{\0}"];
  for (const input of inputs) {
    const [reply, ...more] = await replies(server, input as string | Uint8Array, true);
    assertEquals([reply.Header, more.length], ["noheader", 0]);
    assertEquals(reply.Response.Error.Code, "BAD_JSON");
  }
  for (const input of ["{", STATUS.slice(0, -1), '{"a":"']) {
    const [reply] = await replies(server, input, true);
    assertEquals(reply.Response.Error.Code, "BAD_JSON");
  }
  assertEquals((await server.request(STATUS)).Response.Status, "complete");
});

test("a repeated field is refused by name", async (server) => {
  const twice: [string, RegExp][] = [
    ['{"Header":"Info","Request":"Status","Header":"Info"}', /^Header is written twice/],
    ['{"Header":"Info","Request":"Status","Id":1,"I\\u0064":2}', /^Id is written twice/],
    [
      '{"Header":"Dask","Request":{"Base":"a","Directory":".","File":"b","Base":"c"}}',
      /^Request\.Base is written twice/,
    ],
  ];
  for (const [text, message] of twice) {
    const { Response } = await server.request(text);
    assertEquals(Response.Error?.Code, "BAD_REQUEST");
    assertMatch(Response.Discription as string, message);
  }
  // Twice in what is only echoed hurts nobody.
  const { Response } = await server.request(`{"Id":{"a":1,"a":2},${STATUS.slice(1)}`);
  assertEquals(Response.Status, "complete");
});

test("the server closes after one reply without keep-alive", async (server) => {
  assertEquals((await replies(server, STATUS)).length, 1);
  assertEquals((await replies(server, STATUS + STATUS + "rubbish")).length, 1);
  const closing = `${STATUS.slice(0, -1)},"Connection":"Close"}`;
  assertEquals((await replies(server, closing + STATUS)).length, 1);
  assertEquals((await replies(server, STATUS, true)).length, 1);
  assertEquals(await replies(server, "", true), []);
});

test("requests with keep-alive are answered in order until one is without it", async (server) => {
  const numbered = Array.from(
    { length: 100 },
    (_, k) => `{"Id":${k},"Connection":"KEEP-alive",${STATUS.slice(1)}`,
  );
  const all = await replies(server, numbered.join(" \r\n") + STATUS + STATUS);
  assertEquals(all.map(({ Id }) => Id), [...numbered.keys(), undefined]);

  const connection = await server.connect();
  const reader = new LineReader(connection);
  for (let k = 0; k < 20; k++) {
    await connection.write(new TextEncoder().encode(numbered[k]));
    assertEquals(JSON.parse(await reader.next()).Id, k);
  }
  connection.close();
});

test("a faulty request with keep-alive doesn't end the connection", async (server) => {
  const bad = '{"Header":"Info","Request":"x","Connection":"keep-alive"}';
  const codes = (await replies(server, `${ALIVE}{"a":b}${bad}{"a":c}${STATUS}`))
    .map(({ Response }) => Response.Error?.Code);
  assertEquals(codes, [undefined, "BAD_JSON", "BAD_REQUEST", "BAD_JSON", undefined]);
  const lost = (await replies(server, `${ALIVE}nonsense${STATUS}`))
    .map(({ Response }) => Response.Error?.Code);
  assertEquals(lost, [undefined, "BAD_JSON"]);
  assertEquals((await replies(server, `{"a":b}${STATUS}`)).length, 1);
});

test("a Connection other than keep-alive or close is refused", async (server) => {
  for (const value of ["keepalive", true, null]) {
    assertEquals(await codeOf(server, { ...JSON.parse(STATUS), Connection: value }), "BAD_REQUEST");
  }
});

test("a byte order mark and pieces of any size are accepted", async (server) => {
  const bytes = new TextEncoder().encode(`\ufeff${STATUS}`);
  assertEquals((await replies(server, bytes))[0].Response.Status, "complete");
  const connection = await server.connect();
  for (const byte of bytes) await connection.write(new Uint8Array([byte]));
  assertEquals(JSON.parse(await new LineReader(connection).next()).Response.Status, "complete");
  connection.close();
});

test("a request longer than a megabyte is TOO_LARGE", async (server) => {
  const padded = (bytes: number) =>
    `${STATUS.slice(0, -1)},"Id":"${"x".repeat(bytes - STATUS.length - 8)}"}`;
  const limit = 1024 * 1024;
  assertEquals(padded(limit).length, limit);
  assertEquals((await server.request(padded(limit))).Response.Status, "complete");
  assertEquals(await codeOf(server, padded(limit + 1)), "TOO_LARGE");
  assertEquals(await codeOf(server, `{"a":"${"x".repeat(20_000_000)}`), "TOO_LARGE");
});

test("clients that vanish during a request leave the server unchanged", async (server) => {
  for (let k = 0; k < 30; k++) {
    const connection = await server.connect();
    await connection.write(new TextEncoder().encode(STATUS.slice(0, 1 + k) + ALIVE.repeat(k % 3)));
    connection.close();
  }
  await alone(server);
});

test("a job writes its result next to its data", async (server, folder) => {
  await writeSample(folder, 1000);
  await Deno.writeTextFile(
    join(folder, "work.ts"),
    "export const map = ({ u, i }) => ({ power: u.map((v, k) => v * i[k]) });",
  );
  for (const header of ["Dask", "dask"]) {
    const reply = await server.request({
      Header: header,
      Request: { Directory: `${folder}/`, Base: "time_series.parquet", File: "work.ts" },
    });
    assertEquals(reply.Response.Status, "complete", JSON.stringify(reply));
    assertEquals(reply.Response.Discription, {
      Directory: `${folder}/`,
      File: "work_ansver.parquet",
    });
    assertEquals(reply.Response.Job?.Kind, "map");
    assertEquals(reply.Response.Job?.Rows, 1000);
  }
  assert((await Deno.stat(join(folder, "work_ansver.parquet"))).size > 8000);
});

test(
  "a relative Directory starts at the root, and none leads outside",
  async (server, folder) => {
    await Deno.mkdir(join(folder, "day"));
    await writeSample(join(folder, "day"), 10);
    await Deno.writeTextFile(
      join(folder, "day", "work.ts"),
      "export const map = (c) => ({ u: c.u });",
    );
    await Deno.symlink("/etc", join(folder, "link"));
    const ask = (Directory: string, Base = "time_series.parquet", File = "work.ts") =>
      codeOf(server, { Header: "Dask", Request: { Directory, Base, File } });
    assertEquals(await ask("day"), undefined);
    for (const outside of ["..", "/etc", "/not/there", "day/../../x", "link", "link/ssl"]) {
      assertEquals(await ask(outside), "FORBIDDEN_PATH", outside);
    }
    assertEquals(await ask("day", "../link/passwd"), "FORBIDDEN_PATH");
    assertEquals(await ask("day", "time_series.parquet", "/etc/x.ts"), "FORBIDDEN_PATH");
    assertEquals(await ask("night"), "BASE_NOT_FOUND");
    assertEquals(await ask("day", "none.parquet"), "BASE_NOT_FOUND");
    assertEquals(await ask(".", "day", "day/work.ts"), undefined, "a folder is a dataset");
    assertEquals(await ask("day", "."), undefined, "the folder itself, without its result");
    assertEquals(await ask("day", "time_series.parquet", "none.ts"), "FORMULA_NOT_FOUND");
  },
  { own: true },
);

Deno.test("the protocol's page lists every error code and limit", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/protocol.md", import.meta.url));
  const limits = LIMIT_ENTRIES.map(({ name }) => name);
  assertEquals(limits.length, Object.keys(defaultSettings().limits).length);
  for (const word of [...ERROR_CODES, ...limits]) {
    assertMatch(page, new RegExp(`\\| \`${word}\` *\\|`), `${word} is not on the page`);
  }
});
