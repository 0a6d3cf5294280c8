import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { looksLikeColumns, toColumns } from "../../mod/formula/returned_columns.ts";
import { toJson } from "../../mod/common/json.ts";
import { typeText } from "../../mod/parquet/write/output_type.ts";

function types(value: unknown): Record<string, string> {
  return Object.fromEntries(
    toColumns(value, "map").map(({ name, type }) => [name, typeText(type)]),
  );
}

function refusal(value: unknown): string {
  const error = assertThrows(() => toColumns(value, "map"), ServiceError);
  assertEquals(error.code, "FORMULA_FAILED");
  return error.message;
}

Deno.test("a typed array is written as its own type, an array by the type of its elements", () => {
  assertEquals(
    types({
      a: new Float64Array(2),
      b: new Float32Array(2),
      c: new Int8Array(2),
      d: new Uint8ClampedArray(2),
      e: new Uint32Array(2),
      f: new BigInt64Array(2),
      g: [1, null],
      h: ["x", undefined],
      i: [true, false],
      j: [1n, 2n],
      k: [new Date(0), null],
      l: [new Uint8Array(1), null],
      m: [{ x: 1 }, [2]],
      n: [null, null],
    }),
    {
      a: "float64",
      b: "float32",
      c: "int8",
      d: "uint8",
      e: "uint32",
      f: "int64",
      g: "float64",
      h: "string",
      i: "boolean",
      j: "int64",
      k: "timestamp",
      l: "binary",
      m: "json",
      n: "null",
    },
  );
});

Deno.test("a result that is no record of arrays of equal length is refused by name", () => {
  assert(
    refusal({ a: new Float64Array(3), b: new Float64Array(4) }).includes(
      `"a" has 3 rows, "b" has 4`,
    ),
  );
  assert(refusal(undefined).includes("nothing"));
  assert(refusal(new Float64Array(3)).includes("Float64Array"));
  assert(refusal({}).includes("no column"));
  assert(refusal({ a: 5 }).includes(`as column "a"`));
  assert(refusal({ a: [1, "x"] }).includes(`mixes float64 with string (row 1)`));
  assert(refusal({ a: [() => 1] }).includes("function"));
});

Deno.test("columns are distinguished from other results", () => {
  assert(looksLikeColumns({ a: [1, 2], b: new Int8Array(2) }));
  assert(looksLikeColumns({ a: new Int8Array(3), b: new Int8Array(2) }));
  for (const other of [{ a: [1], b: [1, 2] }, { a: 1 }, {}, [1, 2], null, "text", new Date(0)]) {
    assert(!looksLikeColumns(other), Deno.inspect(other));
  }
});

Deno.test("JSON keeps every digit, and values that JSON has no form for", () => {
  const value = {
    pi: Math.PI,
    tiny: 5e-324,
    zero: -0,
    big: 2n ** 63n,
    none: [NaN, Infinity, -Infinity, null, undefined],
    left: undefined,
    typed: new Float32Array([0.1]),
    text: 'é\n"',
    date: new Date(0),
    map: new Map([["k", 1]]),
    set: new Set([1, 2]),
    nested: [{ a: [] }],
  };
  assertEquals(
    toJson(value),
    `{"pi":3.141592653589793,"tiny":5e-324,"zero":-0,"big":9223372036854775808,` +
      `"none":["NaN","Infinity","-Infinity",null,null],"typed":[0.10000000149011612],` +
      `"text":"é\\n\\"","date":"1970-01-01T00:00:00.000Z","map":{"k":1},"set":[1,2],"nested":[{"a":[]}]}`,
  );
});

Deno.test("a value that JSON can't hold is refused, not dropped", () => {
  const ring: unknown[] = [];
  ring.push(ring);
  assertThrows(() => toJson(ring), TypeError, "contains itself");
  assertThrows(() => toJson({ f: () => 1 }), TypeError, "function");
  assertThrows(() => toJson([Symbol("x")]), TypeError, "symbol");
  const twice = { x: 1 };
  assertEquals(toJson([twice, twice]), `[{"x":1},{"x":1}]`);
});
