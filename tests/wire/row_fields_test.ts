/** What a request says of rows, before anything is known of the data. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { meantTime } from "../../mod/dataset/meant_time.ts";
import { nanosecondsOf } from "../../mod/dataset/time.ts";
import { frameOf } from "../../mod/wire/framing.ts";
import { jobRequest } from "../../mod/wire/job_action.ts";
import { headerOf, parseFrame } from "../../mod/wire/request.ts";
import { SEED } from "../support/suite_options.ts";
import { randomFrom } from "../support/random_numbers.ts";

/** What the service makes of a request whose fields are this text of JSON. */
function readText(fields: string) {
  const job = `"Directory":"d","Base":"b.parquet","File":"f.ts"`;
  const frame = frameOf(`{"Header":"Dask","Request":{${job},${fields}}}`);
  const request = { frame, value: parseFrame(frame) };
  headerOf(request);
  return jobRequest(request);
}

const read = (fields: object) => readText(JSON.stringify(fields).slice(1, -1));

function refusal(fields: object | string): string {
  const step = () => typeof fields === "string" ? readText(fields) : read(fields);
  const error = assertThrows(step, ServiceError);
  assertEquals(error.code, "BAD_REQUEST");
  return error.message;
}

Deno.test("times, a column and a filter of a request arrive as they were written", () => {
  const rows = { From: "2024-05-01", To: "2024-05-01T00:00:00.000000001+03:00", Time: "t" };
  const Filter = { $or: [{ u: { $gt: 0.1 } }, { id: "9007199254740993" }], unit: null };
  const { from, to, time, filter } = read({ ...rows, Filter, From: "2024-04-30T20:59" });
  assertEquals({ from, to, time, filter }, {
    from: "2024-04-30T20:59",
    to: rows.To,
    time: "t",
    filter: Filter,
  });
  // The same instant in two zones.
  read({ From: "2024-05-01T00:00Z", To: "2024-05-01T03:00+03:00" });
});

Deno.test("From after To is refused, whatever the zones", () => {
  assertEquals(
    refusal({ From: "2024-05-02", To: "2024-05-01" }),
    `Request.From, "2024-05-02", is after Request.To, "2024-05-01": there is no time between them; exchange them`,
  );
  const later = { From: "2024-05-01T00:00:00.000000001Z", To: "2024-05-01T03:00+03:00" };
  assertMatch(refusal(later), /is after/);
});

Deno.test("a text that is no time is refused with the nearest that is one", () => {
  const meant: Record<string, string> = {
    "1.5.2024": "2024-05-01",
    "2024-5-1": "2024-05-01",
    "2024/05/01 7:30": "2024-05-01T07:30",
    "2024-05-01t12:30z": "2024-05-01T12:30Z",
    "2024-05-01 12:30:00 UTC": "2024-05-01T12:30:00Z",
    "2024-05-01 12:30:00,25 +3": "2024-05-01T12:30:00.25+03:00",
    "2024-05-01T12:30:00.0123456789": "2024-05-01T12:30:00.012345678",
    "2024-05-01Z": "2024-05-01T00:00Z",
    "20240501": "2024-05-01",
    "20240501T1230Z": "2024-05-01T12:30Z",
    " 2024-05-01": "2024-05-01",
  };
  for (const [typed, right] of Object.entries(meant)) {
    assertMatch(refusal({ From: typed }), /^Request\.From must be a date, .* of ISO 8601/);
    assert(
      refusal({ To: typed }).endsWith(`came; did you mean "${right}"?`),
      refusal({ To: typed }),
    );
  }
  assertMatch(refusal({ From: "2024-02-30" }), /came; month 2 of the year 2024 has 29 days$/);
  assertMatch(refusal({ From: "yesterday" }), /came; times are written like 2024-05-01T12/);
  assertMatch(refusal({ From: "" }), /^Request\.From must be .*the string "" came/);
  assertMatch(
    refusal({ From: 1714566600000 }),
    /the number 1714566600000 came; did you mean "2024-05-01T12:30:00.000Z"\?$/,
  );
  assertMatch(refusal({ To: 1714566600 }), /did you mean "2024-05-01T12:30:00.000Z"\?$/);
  for (const value of [null, true, {}, ["2024-05-01"]]) {
    assertMatch(refusal({ From: value }), /^Request\.From must be a date, .* came$/);
  }
});

Deno.test("what is proposed for a text is always a time, and a time is itself", () => {
  const random = randomFrom(SEED + 41);
  const characters = [..."0123456789-:./, TtZz+"];
  for (let k = 0; k < 20_000; k++) {
    const text = "2024-05-01T12:30:00.5+03:00".split("");
    for (let changes = random(4); changes > 0; changes--) {
      const letter = characters[random(characters.length)]!;
      text.splice(random(text.length), random(2), ...(random(2) ? [letter] : []));
    }
    const written = text.join("");
    const meant = meantTime(written);
    if (meant !== null) assert(nanosecondsOf(meant) !== null, `${written}: ${meant}`);
    const own = nanosecondsOf(written);
    if (own !== null && meant !== null) assertEquals(nanosecondsOf(meant), own, written);
  }
});

Deno.test("a column of times is named where it is compared with something", () => {
  assertMatch(refusal({ Time: "time" }), /From and To are compared with, and neither is there/);
  for (const Time of ["", 5, null, ["time"]]) {
    assertMatch(refusal({ From: "2024-05-01", Time }), /^Request\.Time must be the name of/);
  }
});

Deno.test("a filter that is none, or would lose something, is refused", () => {
  for (const Filter of [null, 5, "u > 0", [{ u: 1 }], true]) {
    assertMatch(refusal({ Filter }), /^Request\.Filter must be an object of conditions by columns/);
  }
  assertMatch(
    refusal(`"Filter":{"id":{"$in":[1,9007199254740993]}}`),
    /^Request\.Filter\.id\.\$in\[1\] is 9007199254740993, which .* send it as text/,
  );
  for (
    const twice of [
      `{"u":{"$gt":0},"u":{"$lt":1}}`,
      `{"$or":[{"u":1},{"n":{"a":1},"u":2,"\\u0075":3}]}`,
      `{"n":1, "u" : {"$gt":0,"$lt":1}, "u": 5}`,
    ]
  ) {
    assertMatch(refusal(`"Filter":${twice}`), /^Request\.Filter has "u" twice in one object/);
  }
  assertMatch(refusal(`"Filter":{"u":{"$gt":0,"$gt":1}}`), /has "\$gt" twice/);
  readText(`"Filter":{"$and":[{"u":{"$gt":0}},{"u":{"$lt":"u\\":"}}],"u":"u"}`);
});
