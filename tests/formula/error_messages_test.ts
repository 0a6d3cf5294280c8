import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { FailureReporter } from "../../mod/formula/formula_failure.ts";
import { TYPE_NAMES } from "../../mod/formula/import_failure.ts";
import { BARE_NAMES } from "../../mod/std/common/module_names.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { SEED } from "../support/suite_options.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const sample = shareSample(140_000, 70_000);
const services = ways.map((way) => ({ way, shared: shareService(way) }));
const MAP = "export const map = ({ u }) => ({ u });";

/** A formula or fields of a request, and what it has to fail with. */
type Case = [text: string, code: string, message: RegExp, fields?: Record<string, unknown>];

const IMPORTS: Case[] = [
  [
    `import { k } from "./helper";`,
    "FORMULA_INVALID",
    /no such file; did you mean "\.\/helper\.ts"\?$/,
  ],
  [`import { k } from "./helper.js";`, "FORMULA_INVALID", /did you mean "\.\/helper\.ts"\?$/],
  [`import { k } from "./sub/other";`, "FORMULA_INVALID", /did you mean "\.\/sub\/other\.mjs"\?$/],
  [`import { k } from "./helpr.ts";`, "FORMULA_INVALID", /did you mean "\.\/helper\.ts"\?$/],
  [`import { k } from "helper.ts";`, "FORMULA_INVALID", /did you mean "\.\/helper\.ts"\?$/],
  [
    `import { k } from "./sub";`,
    "FORMULA_INVALID",
    /is a folder; did you mean "\.\/sub\/index\.ts"\?$/,
  ],
  [`import { k } from "./nothing/at.ts";`, "FORMULA_INVALID", /there is no such file$/],
  [`import { k } from "../outsid.ts";`, "FORMULA_INVALID", /there is no such file$/],
  [`import { fft } from "measuring/ftt";`, "FORMULA_INVALID", /did you mean "measuring\/fft"\?$/],
  [`import x from "lodash";`, "FORMULA_INVALID", /measuring\/windows$/],
  [
    `import { Chunk } from "measuring/types";`,
    "FORMULA_INVALID",
    /"measuring\/types" exports no value "Chunk"; it is a type: write import type \{ Chunk \} from "measuring\/types"$/,
  ],
  [
    `import { fft, Frame } from "measuring/fft";`,
    "FORMULA_INVALID",
    /import type \{ Frame \} from "measuring\/types"$/,
  ],
  [
    `import { Chunks } from "measuring/types";`,
    "FORMULA_INVALID",
    /it has types only, Chunk, .*write import type$/,
  ],
  [`import { groupby } from "measuring/groups";`, "FORMULA_INVALID", /did you mean "groupBy"\?$/],
  [`import { Spectrum } from "measuring/fft";`, "FORMULA_INVALID", /did you mean "spectrum"\?$/],
  [
    `import { Shape } from "./sub/shapes.ts";`,
    "FORMULA_INVALID",
    /"\.\/sub\/shapes\.ts" exports no value "Shape"; if it is a type, write import type \{ Shape \} from "\.\/sub\/shapes\.ts"/,
  ],
  [
    `import helper from "./helper.ts";`,
    "FORMULA_INVALID",
    /no default export; write import \{ … \} from "\.\/helper\.ts"$/,
  ],
];

const SYNTAX: Case[] = [
  [
    "enum A { B }",
    "FORMULA_INVALID",
    /there can't be an enum: write const Name = \{ A: 0, B: 1 \} as const$/,
  ],
  [
    "export class A { constructor(private x) {} }",
    "FORMULA_INVALID",
    /assign it in the constructor$/,
  ],
  ["namespace N { export const a = 1 }", "FORMULA_INVALID", /there can't be a namespace with code/],
  ["const x = <number>5;", "FORMULA_INVALID", /write value as Type$/],
];

const RUNS: Case[] = [
  [
    `export const map = ({ u }, { params }) => ({ u: u.map((v) => v * params.gain) });`,
    "FORMULA_FAILED",
    /reading 'gain'\); the request had no Params, so context\.params is null$/,
  ],
  [
    `export const main = (_, { params: { gain } }) => gain;`,
    "FORMULA_FAILED",
    /the request had no Params, so context\.params is null$/,
  ],
  [
    `export const main = (_, { params }) => params.deep.gain;`,
    "FORMULA_FAILED",
    /reading 'gain'\)$/,
    { Params: { deep: null } },
  ],
  [
    `export const map = ({ u, i }, { partition }) => partition ? { u } : { u, i };`,
    "FORMULA_FAILED",
    /^column "i" is missing in partition 1, but not in those before; a formula must return the same/,
  ],
  [
    `export const map = ({ u, i }, { partition }) => partition ? { u, i } : { u };`,
    "FORMULA_FAILED",
    /^column "i" is in partition 1, but not in those before; a formula must return the same/,
  ],
  [
    `export const keep = ["time"];
     export const map = ({ u, unit }, { partition }) => ({ u: partition ? unit : u });`,
    "FORMULA_FAILED",
    /^column "u" is string in partition 1 and float64 in those before; /,
  ],
  [
    `export const f = ({ u }, { partition }) => ({ u: partition ? Array.from(u, String) : u });
     export const main = (frame) => frame.mapPartitions(f);`,
    "FORMULA_FAILED",
    /^column "u" is string in partition 1 and float64 in those before; /,
  ],
];

const COLUMNS: Case[] = [
  [
    `export const map = ({ u }) => ({ u: new Float64Array(2 ** 40 / 8) });`,
    "OUT_OF_MEMORY",
    /^the formula ran out of memory: .*or wanted one larger block than there is; /,
  ],
  [
    `export const keep = ["unti"]; ${MAP}`,
    "FORMULA_INVALID",
    /no column "unti" in .*; the columns are "unit", "u", "i", "n", "time"$/,
  ],
  [
    `export const map = (chunk) => ({ u: chunk.raw("tim").values });`,
    "FORMULA_FAILED",
    /chunk\.raw: .*the columns are "time", "i", /,
  ],
  [
    `export const map = (chunk) => ({ u: chunk.codes("units").codes });`,
    "FORMULA_FAILED",
    /chunk\.codes: .*the columns are "unit", /,
  ],
  [
    `export const map = ({ U }) => ({ U });`,
    "FORMULA_FAILED",
    /chunk: there is no column "U" .*the columns are "u", /,
  ],
  [
    `export const filter = { unnit: "a" }; ${MAP}`,
    "FORMULA_INVALID",
    /no column "unnit"; the columns are "unit", /,
  ],
];

const FILES: Case[] = [
  [
    "",
    "BASE_NOT_PARQUET",
    /in Python: pandas\.read_csv\('table\.csv'\)\.to_parquet\('table\.parquet'\)$/,
    { Base: "table.csv" },
  ],
  ["", "BASE_NOT_FOUND", /did you mean time_series\.parquet\?$/, { Base: "time_seris.parquet" }],
  ["", "BASE_NOT_FOUND", /did you mean time_series\.parquet\?$/, { Base: "time_series" }],
  ["", "BASE_NOT_FOUND", /did you mean sub\/a\.parquet\?$/, { Base: "sub/b.parquet" }],
  ["", "BASE_NOT_FOUND", /a path of Windows: write it as the service's machine has it/, {
    Base: "C:\\data\\x.parquet",
  }],
  ["", "BASE_NOT_FOUND", /folders are divided by \/: sub\/x\.parquet$/, { Base: "sub\\x.parquet" }],
  ["", "BASE_NOT_FOUND", /a path of Windows/, { Directory: "C:/your_folder/" }],
  ["", "BASE_NOT_FOUND", /a path of Windows/, { Directory: "\\\\server\\share" }],
  ["", "BASE_NOT_FOUND", /~ is for shells/, { Directory: "~/data" }],
  ["", "FORBIDDEN_PATH", /^\.\.\/\.\.\/x\.parquet lies outside .*use a path under a root/, {
    Base: "../../x.parquet",
  }],
];

for (const { way, shared } of services) {
  Deno.test(`error messages say what to do [${way.name}]`, async () => {
    const folder = await shared.folder();
    await sample(folder);
    await Deno.mkdir(join(folder, "sub"));
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
    await write("helper.ts", "export const k = 1;");
    await write("sub/other.mjs", "export const k = 1;");
    await write("sub/index.ts", "export const k = 1;");
    await write("sub/shapes.ts", "export interface Shape { a: number } export const k = 1;");
    await write("../outside.ts", "");
    await write("table.csv", `a,b\n${"1,2\n".repeat(20)}`);
    await sample(join(folder, "sub"));
    await Deno.rename(join(folder, "sub/time_series.parquet"), join(folder, "sub/a.parquet"));
    const all = [
      ...[...IMPORTS, ...SYNTAX].map(([text, ...rest]) => [`${text}\n${MAP}`, ...rest] as Case),
      ...RUNS,
      ...COLUMNS,
      ...FILES.map(([, ...rest]) => [MAP, ...rest] as Case),
    ];
    for (const [text, code, message, fields] of all) {
      const { Response } = await runFormula(shared.server, folder, text, fields);
      const what = `${text} ${JSON.stringify(fields)}`;
      assertEquals(Response.Error?.Code, code, `${what} ${Response.Error?.Message}`);
      assertMatch(Response.Error!.Message, message, what);
    }
    const near = await shared.server.request({
      Header: "Dask",
      Request: { Directory: folder, Base: "time_series.parquet", File: "helpe.ts" },
    });
    assertMatch(near.Response.Error!.Message, /did you mean helper\.ts\?$/);
    const elsewhere = await shared.server.request({
      Header: "Dask",
      Request: { Directory: `${folder}/subb/`, Base: "a.parquet", File: "helper.ts" },
    });
    assertEquals(elsewhere.Response.Error!.Code, "BASE_NOT_FOUND");
    assert(elsewhere.Response.Error!.Message.endsWith(`did you mean ${folder}/sub?`));
  });

  Deno.test(`an error names the partition whose columns differ, with both types [${way.name}]`, async () => {
    const random = randomFrom(SEED + 61);
    const folder = await shared.folder();
    await sample(folder);
    const types = {
      float64: "u",
      float32: "Float32Array.from(u)",
      string: "unit",
      json: "Array.from(u, (v) => [v])",
    };
    const names = Object.keys(types) as (keyof typeof types)[];
    for (let k = 0; k < 8; k++) {
      const [a, b] = [names[random(4)]!, names[random(4)]!];
      const { Response } = await runFormula(
        shared.server,
        folder,
        `export const map = ({ u, unit }, { partition }) => ({ fine: u, c: partition ? ${
          types[b]
        } : ${types[a]} });`,
      );
      if (a === b) assertEquals(Response.Status, "complete");
      else {
        assertEquals(
          Response.Error!.Message,
          `column "c" is ${b} in partition 1 and ${a} in those before; ` +
            "a formula must return the same columns for every partition",
        );
      }
    }
  });
}

Deno.test("the types that an error lists are the existing ones", () => {
  const text = Deno.readTextFileSync(new URL("../../mod/std/types.ts", import.meta.url));
  const there = [...text.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name]) => name!);
  assertEquals([...TYPE_NAMES], there.sort());
  assert(BARE_NAMES.includes("measuring/types"));
});

Deno.test("a kernel whose memory can't grow is out of memory", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const thrown = assertThrows(() => memory.grow(1 << 16), RangeError);
  const { code, message } = new FailureReporter([]).report(thrown, "FORMULA_FAILED", "combine");
  assertEquals(code, "OUT_OF_MEMORY");
  assertMatch(message, /^combine: the groups, .* 4 GiB .* by a filter$/);
});
