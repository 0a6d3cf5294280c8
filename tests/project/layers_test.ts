import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { importFaults, readImports, unreached } from "../../scripts/layers.ts";
import { filesUnder, ROOT } from "../../scripts/sources.ts";

Deno.test("imports go down the layers and never form a circle", async () => {
  const graph = await readImports();
  assertEquals(importFaults(graph), []);
  assertEquals(await unreached(graph), []);
});

Deno.test("an upward import, a circle and a module without a layer are reported", () => {
  const faults = importFaults(
    new Map([
      ["main.ts", ["mod/server.ts"]],
      ["mod/server.ts", ["mod/common/errors.ts"]],
      ["mod/parquet/read/read_column.ts", ["mod/parquet/read/page.ts", "mod/server.ts"]],
      ["mod/parquet/read/page.ts", ["mod/parquet/read/read_column.ts"]],
      ["mod/helpers.ts", []],
      ["mod/common/errors.ts", []],
    ]),
  );
  assertEquals(faults, [
    "mod/parquet/read/read_column.ts imports mod/server.ts, which is above it",
    "mod/helpers.ts is in no layer; give it one in scripts/layers.ts",
    "a circle: mod/parquet/read/read_column.ts → mod/parquet/read/page.ts → mod/parquet/read/read_column.ts",
  ]);
});

Deno.test("the wire's own spellings appear only in the module of the wire format", async () => {
  const speaking: string[] = [];
  for (const path of [...await filesUnder("mod"), ...await filesUnder("workers"), "main.ts"]) {
    if (/discription|ansver/i.test(await Deno.readTextFile(join(ROOT, path)))) speaking.push(path);
  }
  assertEquals(speaking, ["mod/wire/reply.ts"]);
});

/** Where fields of the protocol are shown to people, beside where they are written down. */
const SHOWN = ["mod/cli/", "mod/http/page/"];

Deno.test("a field of the protocol is spelled only in the wire format and where it is shown", async () => {
  const paths = (await filesUnder("mod")).filter((path) => path.endsWith(".ts"));
  const texts = new Map<string, string>();
  for (const path of paths) texts.set(path, await Deno.readTextFile(join(ROOT, path)));
  const wire = paths.filter((path) => path.startsWith("mod/wire/"));
  // Names of two words and more are nothing else: `RowsDone`, `TimeoutSeconds`.
  const fields = new Set(
    wire.flatMap((path) =>
      [...texts.get(path)!.matchAll(/\b((?:[A-Z][a-z]+){2,})\??:/g)].map(([, field]) => field!)
    ),
  );
  assert(fields.has("RowsDone") && fields.has("TimeoutSeconds"), [...fields].join(", "));
  const field = new RegExp(`\\b(?:${[...fields].join("|")})\\b`);
  const speaking = paths.filter((path) => field.test(texts.get(path)!));
  const elsewhere = speaking.filter((path) =>
    !wire.includes(path) && !SHOWN.some((place) => path.startsWith(place))
  );
  assertEquals(elsewhere, []);
});
