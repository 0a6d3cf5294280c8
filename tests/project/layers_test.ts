import { assertEquals } from "@std/assert";
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
