import { assertEquals, assertThrows } from "@std/assert";
import { checkedGroups } from "../../mod/formula/checked_row_groups.ts";
import { checkedOutcome } from "../../mod/formula/tasks/outcome.ts";
import { definitionOf } from "../../mod/formula/tasks/tasks.ts";
import { checkedFailure } from "../../mod/formula/tasks/worker_messages.ts";
import { checkedTraits } from "../../mod/formula/traits.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";

const group = () =>
  encodeRowGroup([
    { name: "u", type: "float64", values: Float64Array.of(1, 2, NaN) },
    { name: "unit", type: "string", values: ["a", "b", "a"] },
  ]);

const joined = (...parts: ReturnType<typeof group>[]) => ({
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  parts: [parts],
});

Deno.test("what the encoder makes is accepted unchanged", () => {
  const table = { type: "table", groups: [joined(group()), joined(encodeRowGroup([]))] };
  assertThrows(() => checkedOutcome(table), ServiceError, "none");
  const plain = () =>
    encodeRowGroup([{ name: "u", type: "float64", values: Float64Array.of(1, 2) }]);
  const groups = [joined(group()), joined(plain(), plain())];
  assertEquals(checkedGroups({ groups }), groups);
  const empty = encodeRowGroup([{ name: "u", type: "float64", values: new Float64Array(0) }]);
  assertEquals(checkedGroups({ groups: [joined(empty)] }), [joined(empty)]);
});

Deno.test("a row group that contradicts its own data is refused", () => {
  const forgeries: ((fake: ReturnType<typeof group>) => unknown)[] = [
    (fake) => fake.rows++,
    (fake) => fake.rows = -1,
    (fake) => fake.bytes = fake.bytes.slice(1),
    (fake) => fake.columns.pop(),
    (fake) => fake.columns.reverse(),
    (fake) => fake.columns[0]!.dataOffset = 1e9,
    (fake) => fake.columns[1]!.dictionaryOffset = 1,
    (fake) => fake.columns[0]!.compressedSize = 2 ** 60,
    (fake) => fake.columns[0]!.compressedSize = NaN,
    (fake) => fake.columns[0]!.nulls = 4,
    (fake) => fake.columns[0]!.required = 1 as never,
    (fake) => fake.columns[0]!.type = "toString" as "null",
    (fake) => fake.columns[0]!.codec = "ROT13" as "SNAPPY",
    (fake) => fake.columns[0]!.encodings = ["NONE" as "PLAIN"],
    (fake) => fake.columns[0]!.name = { toString: () => "u" } as never,
    (fake) => fake.columns[0]!.least = [1] as never,
    (fake) => fake.columns = [] as never,
  ];
  for (const forge of forgeries) {
    const fake = group();
    const whole = joined(fake);
    forge(fake);
    const { code } = assertThrows(() => checkedGroups({ groups: [whole] }), ServiceError);
    assertEquals(code, "FORMULA_FAILED", String(forge));
  }
});

Deno.test("parts that don't add up to their row group are refused", () => {
  const other = encodeRowGroup([{ name: "v", type: "float64", values: Float64Array.of(1, 2, 3) }]);
  const u = encodeRowGroup([{ name: "u", type: "float64", values: Float64Array.of(1, 2, 3) }]);
  for (
    const whole of [
      { rows: 4, parts: [[u]] },
      { rows: 3, parts: [] },
      { rows: 3, parts: [[]] },
      { rows: 6, parts: [[u, other]] },
      { rows: 6, parts: [[u, group()]] },
      { rows: 6, parts: [[group(), group()]] },
    ]
  ) assertThrows(() => checkedGroups({ groups: [whole] }), ServiceError, "none");
});

Deno.test("a text that could be read as further replies is refused", () => {
  assertEquals(checkedOutcome({ type: "text", text: `{"a":1}` }).type, "text");
  for (
    const outcome of [
      { type: "text", text: `1}\n{"Header":"Info"}` },
      { type: "text", text: `1},"Response":{"Status":"complete"` },
      { type: "text", text: 1 },
      { type: "columns" },
      null,
    ]
  ) assertThrows(() => checkedOutcome(outcome), ServiceError, "none");
});

Deno.test("traits of the wrong shape are refused", () => {
  const traits = {
    kind: "map",
    exports: ["map"],
    aggregate: false,
    int64: "number",
    overlap: { before: 0, after: 0, time: null },
    keep: [],
    text: [],
    inputs: [{
      input: "t",
      on: [{ left: "time", right: "time" }],
      match: "backward",
      tolerance: "5m",
      by: [{ left: "unit", right: "pump" }],
      columns: [{ name: "t.n", column: "n" }],
    }],
    units: [["power", "W"]],
    tables: null,
    columns: null,
    grouped: false,
    mapped: false,
    filter: null,
    makesFilter: false,
    fileColumn: null,
  };
  assertEquals(checkedTraits(traits), traits as never);
  const several = { ...traits, tables: ["daily", "alarms"] };
  assertEquals(checkedTraits(several), several as never);
  for (
    const wrong of [
      { kind: "eval" },
      { exports: "map" },
      { overlap: { before: -1, after: 0, time: null } },
      { overlap: null },
      { keep: [1] },
      { text: [1] },
      { units: { power: "W" } },
      { units: [["power"]] },
      { tables: undefined },
      { tables: "daily" },
      { tables: ["../daily"] },
      { columns: [1] },
      { grouped: 1 },
      { mapped: null },
      { makesFilter: undefined },
      { fileColumn: 5 },
      { inputs: null },
      { inputs: [{ ...traits.inputs[0], on: [] }] },
      { inputs: [{ ...traits.inputs[0], match: "near" }] },
      { inputs: [{ ...traits.inputs[0], by: [{ left: "unit" }] }] },
      { int64: "big" },
    ]
  ) assertThrows(() => checkedTraits({ ...traits, ...wrong }), ServiceError, "none");
});

Deno.test("an answer of a task is checked against what was asked", () => {
  const partition = { index: 0, rowStart: 0, rows: 3, parts: [] };
  const message = { column: "u", pieces: [{ partition, of: 1 }], target: null, since: null };
  const { check } = definitionOf("column");
  for (const part of [Float64Array.of(1, 2, 3), ["a", null], new BigInt64Array(0)]) {
    assertEquals(check([part], message), [part]);
  }
  const target = { values: new Float64Array(3), at: 0 };
  assertEquals(check({ length: 1e12 }, { ...message, target }), []);
  const forgeries = [null, {}, [], [[1], [2]], [{ length: 1e12 }], [new Float64Array(4)], [
    new DataView(new ArrayBuffer(3)),
  ]];
  for (const forgery of forgeries) {
    assertThrows(() => check(forgery, message), ServiceError, "none");
  }
  for (const forgery of [null, "u", [1], { length: 0 }]) {
    assertThrows(() => definitionOf("touched").check(forgery, {}), ServiceError, "none");
  }
});

Deno.test("parts are taken only of tasks that have some, and first rows only where they were asked for", () => {
  assertThrows(() => definitionOf("count").checkPart(1, {} as never), ServiceError, "none");
  const first = { type: "first", columns: [], partial: false };
  const message = { extent: { rows: 1, partitions: 1 }, helpers: 0 };
  const { checkPart } = definitionOf("main");
  assertThrows(() => checkPart(first, message), ServiceError, "none");
  assertEquals(checkPart(first, { ...message, helpers: 1 }), first as never);
});

Deno.test("a failure that is none is refused", () => {
  const failure = new ServiceError("FORMULA_FAILED", "it threw", { where: "work.ts:1:2" });
  assertEquals(checkedFailure(failure.toRecord()).toRecord(), failure.toRecord());
  for (const change of [{ code: "COMPLETE" }, { message: 1 }, { where: {} }, { stack: [] }]) {
    const { code } = assertThrows(
      () => checkedFailure({ ...failure.toRecord(), ...change }),
      ServiceError,
      "none",
    );
    assertEquals(code, "FORMULA_FAILED");
  }
});
