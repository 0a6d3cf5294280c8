import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { partialPlaceOf, type Plan, stepOf } from "../../mod/engine/link/steps/steps.ts";
import type { JobReport } from "../../mod/job/request.ts";

const REPORT: JobReport = {
  id: "0f5f8a5e-9d2b-4c57-8f7c-6d3c8b5f2a10",
  kind: "map",
  file: "work_ansver.parquet",
  rows: 3,
  partitions: 1,
  seconds: 0.25,
  bytesRead: 100,
  bytesWritten: 50,
  workers: 2,
  log: [{ text: "a line", time: 1_700_000_000_000, partition: 0 }],
};
const WRITTEN = { inode: 2 ** 60, size: 50, modified: 1.5 };
const COMPUTED = { rows: 3, bytes: 50, file: "1-0123abcd", checksum: 7, from: 0 };
const OUTLINE = {
  kind: "reduction",
  partitions: 2,
  least: 1,
  rows: 10,
  files: [{ size: 4, footer: "ab" }],
  lineage: "{}",
  units: { columns: [["power", "W"]], conflicts: ["a text"] },
  formula: [{ target: "work.ts", name: "work.ts", bytes: "", meta: false }],
};

Deno.test("the server takes answers of their step's shape as they are", () => {
  const whole = { ...REPORT, result: "[1]", written: WRITTEN };
  assertEquals(stepOf("job").check(whole, {}), whole);
  const part = { ...REPORT, computed: COMPUTED };
  assertEquals(stepOf("compute").check(part, { from: 0, to: 1, part: COMPUTED.file }), part);
  assertEquals<unknown>(stepOf("outline").check(OUTLINE, {}), OUTLINE);
  assertEquals(stepOf("view").check(null, { span: { from: 0, to: 1 } }), null);
});

Deno.test("the server refuses an answer of another shape, and says what is wrong", () => {
  const refused = (check: () => unknown) => {
    const { code } = assertThrows(check, ServiceError);
    assertEquals(code, "INTERNAL");
  };
  const changes = [{ id: 1 }, { kind: "summary" }, { file: "../x" }, { rows: -1 }, {
    seconds: "1",
  }];
  for (const change of [...changes, { log: [1] }, { workers: 0 }, { more: 1 }]) {
    refused(() => stepOf("job").check({ ...REPORT, ...change }, {}));
  }
  for (const answer of [null, "", 1, [], REPORT]) {
    refused(() => stepOf("outline").check(answer, {}));
  }
  refused(() => stepOf("outline").check({ ...OUTLINE, files: [null] }, {}));
  refused(() => stepOf("outline").check({ ...OUTLINE, least: 0.5 }, {}));
  refused(() => stepOf("view").check({ text: "" }, { span: { from: 0, to: 1 } }));
  refused(() => stepOf("trial").check(REPORT, { rows: 1 }));
  const compute = stepOf("compute");
  refused(() => compute.check(REPORT, { from: 0, to: 1, part: COMPUTED.file }));
  const part = { ...REPORT, computed: COMPUTED };
  refused(() => compute.check(part, { from: 0, to: 1, part: "2-0123abcd" }));
});

Deno.test("a hidden name has the part of a step that has one", () => {
  const plan = { id: "a", attempt: 2, directory: "/data", stem: "work" };
  const placeOf = (step: Plan["step"]) => partialPlaceOf({ ...plan, step } as Plan);
  assertEquals(placeOf({ type: "job" }), plan);
  assertEquals(placeOf({ type: "outline" }), plan);
  assertEquals(placeOf({ type: "gather", parts: [], part: "p" }), { ...plan, part: "p" });
});
