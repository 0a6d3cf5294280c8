/** A plain formula's compiled code is shared by jobs on columns of the same kind only. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Dataset } from "../../mod/dataset/dataset.ts";
import { entryVariant } from "../../mod/engine/process/entry_variant.ts";
import { runFormula } from "../support/fixtures.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { ways } from "../support/harness.ts";

const columns = [{ name: "u", kind: "float64" }, { name: "n", kind: "int32" }];
const dataset = { files: [{ columns }] } as unknown as Dataset;

Deno.test("a formula is imported by the kinds of the columns that its parameters name", () => {
  assertEquals(entryVariant({ column: "u" }, dataset), "?float64");
  assertEquals(entryVariant({ columns: ["n", "u"], gain: 2 }, dataset), "?float64+int32");
  assertEquals(entryVariant({ column: "w", gain: 2 }, dataset), "");
  assertEquals(entryVariant(null, dataset), "");
});

const sample = shareSample(1000, 1000);
for (const way of ways) {
  const shared = shareService(way);
  Deno.test(`an error in a formula whose parameters name a column says where it is [${way.name}]`, async () => {
    const text = `export function chunk(columns, { params }) {
  return columns[params.column].nothing.at(0);
}
export const combine = (a, b) => a + b;`;
    const folder = await shared.folder();
    await sample(folder);
    const { Response } = await runFormula(shared.server, folder, text, {
      Params: { column: "u" },
    });
    assertEquals(Response.Error?.Where, "work.ts:2:41");
    assertMatch(Response.Error!.Message, /reading 'at'/);
  });
}
