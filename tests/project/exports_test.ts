import { assert, assertEquals } from "@std/assert";
import * as parts from "../../mod/mod.ts";
import { ROOT } from "../../scripts/sources.ts";

interface Documented {
  name: string;
  declarations: { kind: string; jsDoc?: { doc?: string; tags?: { kind: string }[] } }[];
}

/** What `mod/mod.ts` exports, as `deno doc` tells it. */
async function exported(): Promise<Documented[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod/mod.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  assert(success, "deno doc failed");
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes as Record<string, { symbols: Documented[] }>)
    .flatMap(({ symbols }) => symbols);
}

/** Errors are thrown, and never made by a user of the package. */
const isError = (name: string) => name.endsWith("Error") && name !== "ServiceError";

Deno.test("each exported class has an example, and each export a docstring", async () => {
  const symbols = await exported();
  assert(symbols.length > 40, `only ${symbols.length} exports were found`);
  const bare: string[] = [];
  for (const { name, declarations: [first] } of symbols) {
    const { doc = "", tags = [] } = first!.jsDoc ?? {};
    if (doc === "") bare.push(name);
    else if (first!.kind === "class" && name in parts && !isError(name)) {
      if (!tags.some(({ kind }) => kind === "example")) bare.push(`${name}: no example`);
    }
  }
  assertEquals(bare, []);
});
