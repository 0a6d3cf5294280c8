import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { BINARY } from "../../scripts/binary.ts";
import { ALIVE, bytes, codeOf, STATUS } from "../support/crowd.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, RunningServer, tempDir } from "../support/harness.ts";

// `deno run` raises a limit that can be raised by itself; the binary takes it as it is.
Deno.test("a server that may open few files lets few clients in, and runs their jobs", async () => {
  await using folder = await tempDir();
  await writeSample(folder.path, 100);
  await Deno.writeTextFile(join(folder.path, "one.ts"), "export const main = () => 1;");
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -n 200 && exec "$0" "$@"',
      BINARY,
      ...["serve", "--port", "0", "--root", folder.path],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await using server = new RunningServer(child, "binary with few descriptors");
  await server.listening();

  const clients = await Promise.all(Array.from({ length: 36 }, () => server.connect()));
  const readers = clients.map((connection) => new LineReader(connection));
  for (const [k, connection] of clients.entries()) {
    await connection.write(bytes(ALIVE));
    assertEquals(codeOf(await readers[k]!.next()), undefined);
  }
  assertMatch(server.stderr, /may open 200 files, so 36 clients are served at once, not 2048: /);
  for (let k = 0; k < 300; k++) assertEquals(codeOf(await server.exchange(STATUS)), "BUSY");
  const Request = { Directory: ".", Base: "time_series.parquet", File: "one.ts" };
  await clients[0]!.write(bytes(JSON.stringify({ Header: "Dask", Request })));
  assertEquals(codeOf(await readers[0]!.next()), undefined);
  for (const connection of clients) connection.close();
});
