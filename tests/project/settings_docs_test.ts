import { assert } from "@std/assert";
import { join } from "@std/path";
import { FILE_ENTRIES, LIMIT_ENTRIES } from "../../mod/settings/entries.ts";
import { LOG_LEVELS } from "../../mod/settings/table.ts";
import { ROOT } from "../../scripts/sources.ts";

Deno.test("every setting, limit and level of the log is on the operator's page", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs", "operations.md"));
  for (const { name } of [...FILE_ENTRIES, ...LIMIT_ENTRIES]) {
    assert(new RegExp(`^\\| \`${name}\` `, "m").test(page), name);
  }
  for (const level of LOG_LEVELS) assert(page.includes(`| \`${level}\` `), level);
});
