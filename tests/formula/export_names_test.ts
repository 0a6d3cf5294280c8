import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { EXPORT_WORDS, type ExportName } from "../../mod/formula/exports.ts";
import { describeModule, type FormulaModule } from "../../mod/formula/module.ts";
import { finish, ways } from "../support/harness.ts";
import { SEED } from "../support/suite_options.ts";
import { misspelt } from "../support/misspelt.ts";
import { randomFrom } from "../support/random_numbers.ts";

const own = () => {};
const WORDS = Object.keys(EXPORT_WORDS) as ExportName[];
const DRIVERS = { map: { map: own }, reduction: { chunk: own, combine: own }, main: { main: own } };

function refusal(namespace: Record<string, unknown>): string {
  const error = assertThrows(() => describeModule(namespace), ServiceError);
  assertEquals(error.code, "FORMULA_INVALID");
  return error.message;
}

/** Values that a word may have, so that nothing else is wrong with a formula. */
const FITTING: Record<string, unknown> = {
  overlap: { before: 1, after: 0 },
  keep: ["time"],
  filter: { u: 1 },
  int64: "bigint",
  text: ["s"],
  fileColumn: "file",
  inputs: null,
};

Deno.test("an export with a misspelt name is refused with the word that is meant", () => {
  const random = randomFrom(SEED + 11);
  for (let k = 0; k < 3000; k++) {
    const word = WORDS.filter((one) => one in FITTING)[random(7)]!;
    const typed = misspelt(word, random);
    if (typed === word || typed === "") continue;
    const driver = Object.values(DRIVERS)[random(3)]!;
    assertMatch(refusal({ ...driver, [typed]: FITTING[word] }), /is not known/, `seed ${SEED}`);
    assert(refusal({ ...driver, [typed]: FITTING[word] }).includes(`"${word}"`), typed);
  }
});

Deno.test("an export whose name differs only in capitals is refused", () => {
  const random = randomFrom(SEED + 12);
  for (let k = 0; k < 1000; k++) {
    const word = WORDS[random(WORDS.length)]!;
    const typed = [...word].map((letter) => random(2) ? letter.toUpperCase() : letter).join("");
    if (typed === word) continue;
    for (const driver of Object.values(DRIVERS)) {
      assert(refusal({ ...driver, [typed]: own }).includes(`"${word}"`), typed);
    }
  }
});

Deno.test("a misspelt aggregate of a reduction is refused, not ignored", () => {
  const random = randomFrom(SEED + 13);
  for (let k = 0; k < 1000; k++) {
    const typed = misspelt("aggregate", random);
    if (typed === "aggregate") continue;
    assertMatch(refusal({ chunk: own, combine: own, [typed]: own }), /did you mean "aggregate"/);
  }
});

Deno.test("a formula without anything to run is refused with the word that is meant", () => {
  assertMatch(refusal({ mpa: own }), /did you mean "map"/);
  assertMatch(refusal({ mian: own }), /did you mean "main"/);
  assertMatch(refusal({ maim: own }), /none of "map".*did you mean "main" by "maim"/);
  assertMatch(refusal({ chunk: own, Combine: own }), /did you mean "combine"/);
  assertMatch(refusal({ chunk: own, combin: own }), /did you mean "combine"/);
  assertMatch(refusal({ default: own }), /exported as default is not looked at/);
  assertMatch(refusal({ power: 1 }), /none of "map".*it exports power\)$/);
});

Deno.test("helper exports may have any name", () => {
  const helpers = [
    "max",
    "min",
    "mean",
    "sums",
    "add",
    "maps",
    "chunks",
    "filters",
    "next",
    "tests",
  ]
    .concat(["straighten", "figures", "merge", "combined", "aggregated", "overlay", "deep", "man"]);
  const exports = Object.fromEntries(helpers.map((name) => [name, own]));
  assertEquals(describeModule({ main: own, ...exports }).traits.kind, "main");
  const constants = {
    sampleRate: 1,
    UNITS: ["a"],
    unit: "pump 3",
    before: 1,
    params: {},
    schema: [],
    column: "u",
  };
  for (const driver of Object.values(DRIVERS)) describeModule({ ...driver, ...constants });
  describeModule({ map: own, max: own, min: own, mean: own, chunks: own, combined: own });
});

Deno.test("an invalid overlap is refused with what to write", () => {
  const overlap = (overlap: unknown) => refusal({ map: own, overlap });
  for (const rows of [0, 1, 99, 65_536]) {
    assertMatch(overlap(rows), new RegExp(`write \\{ before: ${rows}, after: 0 \\}$`));
    assertMatch(overlap([rows, 7]), new RegExp(`write \\{ before: ${rows}, after: 7 \\}$`));
  }
  assertMatch(overlap([9]), /write \{ before: 9, after: 0 \}$/);
  const random = randomFrom(SEED + 14);
  for (let k = 0; k < 500; k++) {
    const key = ["before", "after"][random(2)]!, typed = misspelt(key, random);
    if (typed === key) continue;
    assertMatch(overlap({ [typed]: 9 }), new RegExp(`has "${typed}".*did you mean ${key}\\?`));
  }
  assertMatch(overlap({ rows: 9 }), /has "rows", which is not known: use before, after, time/);
  for (const value of ["9", true, -1, 1.5, NaN, [1, 2, 3], new Float64Array(2), new Map(), own]) {
    assertMatch(overlap(value), /must be \{ before, after \}/, String(value));
  }
  for (const before of [-1, 1.5, true, null, 2 ** 53]) {
    assertMatch(overlap({ before }), /must be \{ before, after \} with whole numbers of rows/);
  }
});

Deno.test("valid overlaps and lists of columns, present or absent, are accepted", () => {
  const traits = (more: Record<string, unknown>) => describeModule({ map: own, ...more }).traits;
  assertEquals(traits({ overlap: { before: 99, after: 0 } }).overlap, {
    before: 99,
    after: 0,
    time: null,
  });
  const frozen = Object.freeze({ after: "3 s", time: "t" });
  assertEquals(traits({ overlap: frozen }).overlap, { before: 0, after: "3 s", time: "t" });
  assertEquals(traits({ keep: ["a", "b", "a"] }).keep, ["a", "b"]);
  assertEquals(traits({ text: ["a", "b", "a"] }).text, ["a", "b"]);
  const { text, keep, overlap, int64, filter, aggregate } = traits({ aggregate: undefined });
  assertEquals(
    { text, keep, overlap, int64, filter, aggregate },
    {
      text: [],
      keep: [],
      overlap: { before: 0, after: 0, time: null },
      int64: "number",
      filter: null,
      aggregate: false,
    } satisfies Partial<FormulaModule["traits"]>,
  );
});

Deno.test("an invalid list of columns is refused with what to write", () => {
  for (const word of ["keep", "text"]) {
    const message = (value: unknown) => refusal({ map: own, [word]: value });
    assertMatch(message("time"), /write \["time"\]$/);
    for (const value of [1, { time: true }, [1], ["a", null], new Set(["a"])]) {
      assertMatch(message(value), new RegExp(`"${word}" must be a list of column names, such as`));
    }
  }
  assertMatch(
    refusal({ map: own, int64: "BigInt" }),
    /"int64" must be "number" or "bigint", not "B/,
  );
});

Deno.test("each word is in the documentation and the help", async () => {
  const docs = Deno.readTextFileSync(new URL("../../docs/formulas.md", import.meta.url));
  const table = docs.slice(docs.indexOf("| exports"), docs.indexOf("Every function may be"));
  const told = new Set([...table.matchAll(/`(\w+)(?=[ (`])/g)].map(([, name]) => name));
  const { stdout } = await finish(ways[0]!, ["check", "--help"]);
  for (const word of WORDS) {
    assert(told.has(word), word);
    assert(stdout.includes(`  ${EXPORT_WORDS[word].example}  `), word);
  }
});
