import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import ts from "typescript";
import DECLARATIONS from "../../mod/cli/commands/measuring.d.ts" with { type: "text" };
import { BARE_NAMES } from "../../mod/std/common/module_names.ts";
import { declarations } from "../../scripts/declarations.ts";
import { listing } from "../support/fixtures.ts";
import { finish, tempDir, ways } from "../support/harness.ts";

/** What an editor with TypeScript would underline in a folder of formulas. */
function complaints(folder: string): string[] {
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  assert(fileNames.length > 1, "nothing to check");
  return ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options)).map((diagnostic) => {
    const { file, start = 0, messageText } = diagnostic;
    const line = file ? ts.getLineAndCharacterOfPosition(file, start).line + 1 : 0;
    const name = file?.fileName.split("/").at(-1);
    return `${name}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

Deno.test("the committed declarations are those of the library", async () => {
  assertEquals(DECLARATIONS, await declarations());
  for (const name of BARE_NAMES) assert(DECLARATIONS.includes(`declare module "${name}" {`), name);
});

for (const way of ways) {
  Deno.test(`types writes declarations by which an editor checks formulas [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    const first = await finish(way, ["types", path]);
    assertEquals([first.code, first.stderr], [0, ""]);
    assertEquals(listing(path), ["measuring.d.ts", "tsconfig.json"]);

    const examples = new URL("../../examples/formulas/", import.meta.url);
    for (const { name } of Deno.readDirSync(examples)) {
      if (name.endsWith(".ts")) Deno.copyFileSync(new URL(name, examples), join(path, name));
    }
    const started = await finish(way, ["new", join(path, "work")]);
    assertEquals(started.code, 0, started.stderr);
    await Deno.writeTextFile(
      join(path, "every.ts"),
      BARE_NAMES.map((name, k) => `import type * as m${k} from "${name}";\nexport type { m${k} };`)
        .join("\n"),
    );
    assertEquals(complaints(path), []);

    await Deno.writeTextFile(
      join(path, "wrong.ts"),
      `import { rfft } from "measuring/fft";
       import type { Chunk, Context } from "measuring/types";
       import { nothing } from "measuring/statistics";
       export const map = ({ u }: Chunk, context: Context) => ({ re: rfft(u).real });
       export const aggregate = (total: number, { row }: Context) => total;`,
    );
    const found = complaints(path);
    assertEquals(found.length, 3, found.join("\n"));
    assertMatch(found[0]!, /wrong\.ts:3 .*has no exported member 'nothing'/);
    assertMatch(found[1]!, /wrong\.ts:4 Property 'real' does not exist/);
    assertMatch(found[2]!, /wrong\.ts:5 Property 'row' does not exist/);

    // An author's own configuration is left alone.
    await Deno.writeTextFile(join(path, "tsconfig.json"), "{}");
    const again = await finish(way, ["types", path]);
    assertEquals(again.code, 0);
    assertMatch(again.stdout, /tsconfig\.json is there already/);
    assertEquals(await Deno.readTextFile(join(path, "tsconfig.json")), "{}");
  });

  Deno.test(`types reports the file that it can't write [${way.name}]`, async () => {
    await using folder = await tempDir();
    const missing = join(folder.path, "none");
    const { code, stderr } = await finish(way, ["types", missing]);
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `tcp_server: ${missing}/measuring.d.ts can't be written: there is no folder ${missing}\n`,
    );
  });
}
