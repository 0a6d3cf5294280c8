import { assert } from "@std/assert";
import { join } from "@std/path";
import { LIMIT_NAMES, LOG_LEVELS, SETTING_NAMES } from "../../mod/settings/settings.ts";
import { ROOT } from "../../scripts/sources.ts";

Deno.test("every setting, limit and level of the log is on the operator's page", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs", "operations.md"));
  for (const name of [...Object.keys(SETTING_NAMES), ...Object.keys(LIMIT_NAMES)]) {
    assert(new RegExp(`^\\| \`${name}\` `, "m").test(page), name);
  }
  for (const level of LOG_LEVELS) assert(page.includes(`| \`${level}\` `), level);
});
