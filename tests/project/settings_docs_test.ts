import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { LOG_LEVELS } from "../../mod/settings/table.ts";
import { stalePages } from "../../scripts/settings_tables.ts";
import { ROOT } from "../../scripts/sources.ts";

Deno.test("the docs show every setting and limit as it is", async () => {
  assertEquals(await stalePages(), []);
});

Deno.test("every level of the log is on the operator's page", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs", "operations.md"));
  for (const level of LOG_LEVELS) assert(page.includes(`| \`${level}\` `), level);
});
