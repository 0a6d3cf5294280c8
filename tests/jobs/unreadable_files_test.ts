/** What the service's user may not read is told as that. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { job, writeSample } from "../support/fixtures.ts";
import { compiled, startUnder, tempDir } from "../support/harness.ts";
import { missingCommand, testWith } from "../support/needs.ts";

const noSetpriv = missingCommand(["setpriv", "util-linux"]);

const FORMULA = `export const chunk = ({ u }) => u.length; export const combine = (a, b) => a + b;`;

testWith(noSetpriv, `an unreadable file is reported by name [${compiled.name}]`, async (t) => {
  await using folder = await tempDir();
  const { path } = folder;
  for (const below of ["open", "shut", "shut/below"]) await Deno.mkdir(join(path, below));
  await writeSample(join(path, "open"), 1000, 1000, "a.parquet");
  await writeSample(join(path, "open"), 1000, 1000, "b.parquet");
  await writeSample(join(path, "shut/below"), 1000, 1000, "c.parquet");
  await Deno.writeTextFile(join(path, "open.js"), FORMULA);
  await Deno.writeTextFile(join(path, "shut.js"), FORMULA);
  await Deno.writeTextFile(join(path, "imports.js"), `import "./shut.js";\n${FORMULA}`);
  for (const name of ["open/b.parquet", "shut.js", "shut/below"]) {
    await Deno.chmod(join(path, name), 0);
  }
  // Root may read all; without these rights it may not.
  const rights = ["--bounding-set=-dac_override,-dac_read_search"];
  {
    await using server = await startUnder("setpriv", rights, { root: path });
    const cases: [base: string | string[], file: string, code: string, message: RegExp][] = [
      ["open/b.parquet", "open.js", "BASE_NOT_FOUND", /b\.parquet may not be read/],
      ["open", "open.js", "BASE_NOT_FOUND", /b\.parquet may not be read/],
      [["open/a.parquet", "open/b.parquet"], "open.js", "BASE_NOT_FOUND", /b\.parquet may not/],
      ["shut", "open.js", "BASE_NOT_FOUND", /below can't be listed/],
      ["**/*.parquet", "open.js", "BASE_NOT_FOUND", /below can't be listed/],
      ["shut/below/c.parquet", "open.js", "BASE_NOT_FOUND", /c\.parquet/],
      ["open/a.parquet", "shut.js", "FORMULA_NOT_FOUND", /shut\.js may not be read/],
      ["open/a.parquet", "imports.js", "FORMULA_NOT_FOUND", /shut\.js may not be read/],
    ];
    for (const [Base, File, code, message] of cases) {
      await t.step(`${Base} with ${File}`, async () => {
        const { Response } = await server.request(job(path, { Base, File }));
        assertEquals(Response.Error?.Code, code, JSON.stringify(Response));
        assertMatch(Response.Error!.Message, message);
      });
    }
    const { Response } = await server.request(
      job(path, { Base: "open/a.parquet", File: "open.js" }),
    );
    assertEquals(Response.Result, 1000, JSON.stringify(Response));
  }
  await Deno.chmod(join(path, "shut/below"), 0o700);
});
