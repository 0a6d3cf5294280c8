import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { libraryPage, PAGE } from "../../scripts/library_page.ts";
import { ROOT } from "../../scripts/sources.ts";

Deno.test("the library's page is that of its docstrings", async () => {
  const page = await Deno.readTextFile(join(ROOT, PAGE));
  assertEquals(page, await libraryPage(), "deno run -A scripts/library_page.ts makes it");
});
