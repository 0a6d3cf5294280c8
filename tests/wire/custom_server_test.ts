import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { startServer } from "../support/harness.ts";
import { exchange } from "../support/exchange.ts";

const EXAMPLE = fromFileUrl(new URL("../../examples/custom_server.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

Deno.test("a custom server on TCP gives its own answers", async () => {
  const way = {
    name: "deno run" as const,
    command: (_: readonly string[], options?: Deno.CommandOptions) =>
      new Deno.Command(Deno.execPath(), {
        ...options,
        args: ["run", "--quiet", "--no-prompt", `--config=${CONFIG}`, "--allow-net", EXAMPLE, "0"],
      }),
  };
  const server = await startServer(way);
  try {
    assertEquals(
      await server.request({ Name: "Ada" }),
      // deno-lint-ignore no-explicit-any
      { Header: "response", Request: { Status: "ok", Name: "Ada" } } as any,
    );
    const refused = JSON.parse(await exchange(server.port, "hello"));
    assertEquals(refused.Response.Error.Code, "BAD_JSON");
    const [first, second] = await Promise.all([
      exchange(server.port, '{"Name":1}'),
      exchange(server.port, '{"Name":2}'),
    ]);
    assertEquals([first, second].map((text) => JSON.parse(text).Request.Name), [1, 2]);
  } finally {
    await server.kill();
  }
});
