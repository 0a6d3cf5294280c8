import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { refuseInexactJson } from "../../mod/wire/exact_numbers.ts";
import { frameOf } from "../../mod/wire/framing.ts";
import {
  type AskedRequest,
  jobAction,
  jobRequest,
  REQUEST_FIELDS,
} from "../../mod/wire/job_action.ts";
import { headerOf, infoName, parseFrame } from "../../mod/wire/request.ts";
import { finish, ways } from "../support/harness.ts";
import { SEED } from "../support/suite_options.ts";
import { misspelt } from "../support/misspelt.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";

const JOB = { Directory: "d", Base: "b.parquet", File: "f.ts" };
const FITTING: Record<AskedRequest, Record<string, unknown>> = {
  Dask: JOB,
  Submit: JOB,
  Status: { Id: "1" },
  Watch: { Id: "1" },
  Result: { Id: "1" },
  Cancel: { Id: "1" },
  Log: { Id: "1" },
  Formula: { Id: "1" },
  List: {},
};
const REQUESTS = Object.keys(REQUEST_FIELDS) as AskedRequest[];

/** What the service makes of a request. */
function read(asked: AskedRequest, fields: Record<string, unknown>, text?: string) {
  const whole = asked === "Dask"
    ? { Header: "Dask", Request: fields }
    : { Header: "Job", Request: { Action: asked, ...fields } };
  const frame = frameOf(text ?? JSON.stringify(whole));
  const request = { frame, value: parseFrame(frame) };
  headerOf(request);
  return asked === "Dask" ? jobRequest(request) : jobAction(request);
}

function refusal(step: () => unknown): string {
  const error = assertThrows(step, ServiceError);
  assertEquals(error.code, "BAD_REQUEST");
  return error.message;
}

Deno.test("a misspelt field is refused with the one that is meant, in every request", () => {
  const random = randomFrom(SEED + 21);
  for (let k = 0; k < 5000; k++) {
    const asked = REQUESTS[random(REQUESTS.length)]!;
    const known = Object.keys(REQUEST_FIELDS[asked]);
    const field = known[random(known.length)]!;
    const typed = misspelt(field, random);
    if (known.includes(typed) || typed === "") continue;
    const message = refusal(() => read(asked, { ...FITTING[asked], [typed]: 1 }));
    const told = /^Request\.(.*) is not known: (?:it is written|did you mean) (\w+)\??$/;
    const [, key, meant] = told.exec(message) ?? [];
    assertEquals(key, typed, `${asked} ${message}`);
    assert(known.includes(meant!), message);
  }
});

Deno.test("a field in another spelling is refused, too", () => {
  const forms = {
    Parameters: "Params",
    Timeout: "TimeoutSeconds",
    Timeout_Seconds: "TimeoutSeconds",
    Seconds: "TimeoutSeconds",
    OutputFile: "Output",
    Compression_Codec: "Codec",
    ClientName: "Client",
    MemoryLimits: "Limits",
  };
  for (const [typed, meant] of Object.entries(forms)) {
    const message = refusal(() => read("Dask", { ...JOB, [typed]: 1 }));
    assertEquals(message, `Request.${typed} is not known: did you mean ${meant}?`);
  }
  assertMatch(
    refusal(() => read("Dask", { ...JOB, Key: "k" })),
    /goes with a job that is submitted/,
  );
});

Deno.test("an unknown name unlike any field is accepted as a client's own", () => {
  const own = { Comment: "x", padding: "x", Operator: "ann", Version: 2, "": 0, Ключ: 1, x: null };
  for (const asked of REQUESTS) read(asked, { ...FITTING[asked], ...own });
  read("Dask", { ...JOB, Output: "a", OutputOfLine: 7 });
  const whole = { Header: "Dask", Params: 1e6, Parms: 1, request: "x", Request: JOB };
  read("Dask", JOB, JSON.stringify(whole));
});

Deno.test("a file of Arrow IPC has a name that ends in .arrow, and in nothing like it", () => {
  for (const name of ["x.ARROWS", "a.b.feather", "x.arrows", "x.Arrow"]) {
    assertMatch(
      refusal(() => read("Dask", { ...JOB, Output: name })),
      /^Request\.Output ends in \.\w+, and Arrow's files are written under names that end in \.arrow/,
    );
  }
  read("Dask", { ...JOB, Output: "x.arrow" });
  read("Dask", { ...JOB, Output: "arrow" });
  read("Dask", { ...JOB, Output: "x.arrow.parquet" });
});

Deno.test("an unknown word is refused with the one that is meant", () => {
  const list = (State: unknown) => refusal(() => read("List", { State }));
  assertMatch(list("runing"), /State must be one of queued, .*did you mean "running"\?$/);
  assertMatch(list("soon"), /"soon" came$/);
  assertMatch(
    refusal(() => read("Dask", { ...JOB, Codec: "Zstd" })),
    /Codec must be one of .*did you mean "zstd"\?$/,
  );
  const limits = { HeapByte: 1 };
  assertMatch(
    refusal(() => read("Dask", { ...JOB, Limits: limits })),
    /Limits\.HeapByte is not known: did you mean HeapBytes\?/,
  );
  const action = () => jobAction(asRequest({ Header: "Job", Request: { Action: "Cancle" } }));
  assertMatch(refusal(action), /Action must be one of .*did you mean "Cancel"\?$/);
  assertMatch(refusal(() => infoName({ Request: "Statu" }, ["Status"])), /mean "Status"\?$/);
  assertMatch(
    assertThrows(() => headerOf(asRequest({ Header: "Dsk" })), ServiceError).message,
    /Header must be .*did you mean "Dask"\?$/,
  );
  assertMatch(
    assertThrows(() => headerOf(asRequest({ Haeder: "Dask" })), ServiceError).message,
    /it is missing \(Haeder came instead\)/,
  );
});

function asRequest(value: Record<string, unknown>) {
  return { value, frame: frameOf(JSON.stringify(value)) };
}

/** JSON of some depth with one number in it, and the path that leads to that. */
function around(number: string, random: Random): [json: string, path: string] {
  let json = number, path = "";
  for (let depth = random(6); depth > 0; depth--) {
    if (random(2)) {
      const before = random(3);
      json = `[${'"9007199254740993", '.repeat(before)}${json} , 1]`;
      path = `[${before}]${path}`;
    } else {
      const key = ["a", "b_c", "Params"][random(3)]!;
      json = `{"x\\"1e400": 0.1, "${key}": ${json}}`;
      path = `.${key}${path}`;
    }
  }
  return [json, path];
}

Deno.test("only integers that no double holds are refused, with their place", () => {
  const random = randomFrom(SEED + 22);
  for (let k = 0; k < 4000; k++) {
    const bits = 50 + random(14);
    const low = BigInt(random(2 ** 31));
    const integer = (1n << BigInt(bits)) + (BigInt(random(2 ** 20)) << BigInt(random(50))) + low;
    const source = `${random(2) ? "-" : ""}${integer}`;
    const [json, path] = around(source, random);
    const text = `{"Header":"Dask","Request":{"Params" : ${json},${JSON.stringify(JOB).slice(1)}}`;
    // An integer is a double if what is behind its 53 leading bits is 0.
    const beyond = BigInt(Math.max(0, integer.toString(2).length - 53));
    if (integer % (1n << beyond) === 0n) read("Dask", {}, text);
    else {
      const message = refusal(() => read("Dask", {}, text));
      assert(message.startsWith(`Request.Params${path} is ${source}, which`), `${message} ${json}`);
    }
  }
});

Deno.test("numbers beyond a double's range are refused, and decimals are rounded", () => {
  const message = (text: string) => refusal(() => refuseInexactJson(text, "Params"));
  for (const text of ["1e400", "-1e309", "1E+999", "1.8e308", `1${"0".repeat(400)}`, "2e-324"]) {
    assertMatch(message(text), /which no number of JSON holds exactly; send it as text/);
    assertMatch(message(`{"a":[1,${text}]}`), /^Params\.a\[1\] is /);
  }
  assertMatch(message(`0.${"0".repeat(400)}1`), /^Params is 0\.0+…/);
  for (
    const text of ["0.1", "1e308", "1.7976931348623157e308", "5e-324", "0e-999", "-0", "0.0"]
      .concat(["6.02214076e23", "3.141592653589793238462643383279", "9007199254740992", '"1e400"'])
      .concat(['"\\"9007199254740993"', '{"9007199254740993":1}', "1e22", "9007199254740994"])
  ) refuseInexactJson(text, "Params");
});

Deno.test("each field is in the documentation and the help", async () => {
  const docs = Deno.readTextFileSync(new URL("../../docs/protocol.md", import.meta.url));
  const dask = docs.slice(
    docs.indexOf("## Dask: run a formula"),
    docs.indexOf("If a file or folder of"),
  );
  const jobs = docs.slice(docs.indexOf("other keys of `Request`"), docs.indexOf("### The states"));
  const { stdout } = await finish(ways[0]!, ["send", "--help"]);
  for (const field of Object.keys(REQUEST_FIELDS.Dask)) {
    assert(dask.includes(`| \`${field}\` `), field);
    assert(stdout.includes(`  ${field} `), field);
  }
  for (const asked of REQUESTS) {
    if (asked === "Dask") continue;
    const [, told] = new RegExp(`\\| \`${asked}\` +\\| ([^|]+)\\|`).exec(jobs) ?? [];
    for (const field of Object.keys(REQUEST_FIELDS[asked])) {
      if (asked === "Submit" && field !== "Key") continue;
      assert(told?.includes(`\`${field}\``), `${asked} ${field}`);
    }
  }
});
