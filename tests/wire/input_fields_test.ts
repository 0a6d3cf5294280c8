/** What a request says of further tables, before anything is looked for. */
import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { frameOf } from "../../mod/wire/framing.ts";
import { jobRequest } from "../../mod/wire/job_action.ts";
import { headerOf, parseFrame } from "../../mod/wire/request.ts";

function read(fields: object) {
  const job = { Directory: "d", Base: "b.parquet", File: "f.ts", ...fields };
  const frame = frameOf(JSON.stringify({ Header: "Dask", Request: job }));
  const request = { frame, value: parseFrame(frame) };
  headerOf(request);
  return jobRequest(request);
}

function refusal(fields: object): string {
  const error = assertThrows(() => read(fields), ServiceError);
  assertEquals(error.code, "BAD_REQUEST");
  return error.message;
}

Deno.test("tables of a request arrive by their names, however they are written", () => {
  const Inputs = {
    batches: "batches.parquet",
    "limits-2": { Base: "limits/*.parquet" },
    Größe: ["a.parquet", "b"],
    both: { Base: ["http://host/a.parquet"] },
    constructor: "c.parquet",
  };
  assertEquals(read({ Inputs }).inputs, {
    batches: "batches.parquet",
    "limits-2": "limits/*.parquet",
    Größe: ["a.parquet", "b"],
    both: ["http://host/a.parquet"],
    constructor: "c.parquet",
  });
  assertEquals(read({ Inputs: {} }).inputs, {});
  assertEquals(read({}).inputs, undefined);
});

Deno.test("tables that make no sense are refused with what is wanted", () => {
  const sixteen = Object.fromEntries(Array.from({ length: 17 }, (_, k) => [`t${k}`, "a"]));
  const cases: [inputs: unknown, message: string][] = [
    [
      "limits.parquet",
      `Request.Inputs must be an object of tables by name, such as {"limits": "limits.parquet"}, but the string "limits.parquet" came`,
    ],
    [
      null,
      `Request.Inputs must be an object of tables by name, such as {"limits": "limits.parquet"}, but null came`,
    ],
    [
      { t: 5 },
      `Request.Inputs.t must be the name of a Parquet file, a list of them, or {"Base": …}, but the number 5 came`,
    ],
    [
      { t: [] },
      `Request.Inputs.t must be the name of a Parquet file, a list of them, or {"Base": …}, but the array [] came`,
    ],
    [
      { t: {} },
      `Request.Inputs.t must be the name of a Parquet file, a list of them, or {"Base": …}, but the object {} came`,
    ],
    [{ t: { base: "a" } }, "Request.Inputs.t.base is not known: did you mean Base?"],
    [{ t: { Base: "a", Columns: ["a"] } }, "Request.Inputs.t.Columns is not known: use Base"],
    [
      { "a.b": "a" },
      `Request.Inputs has the name "a.b": a name is 1 to 64 letters, digits, _ and -, and begins with a letter`,
    ],
    [
      { ["__proto__"]: "a" },
      `Request.Inputs has the name "__proto__": a name is 1 to 64 letters, digits, _ and -, and begins with a letter`,
    ],
    [sixteen, "Request.Inputs has 17 tables: 16 are the most"],
  ];
  for (const [Inputs, message] of cases) assertEquals(refusal({ Inputs }), message);
  assertEquals(refusal({ Input: {} }), "Request.Input is not known: did you mean Inputs?");
});
