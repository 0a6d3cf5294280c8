import { assertEquals, assertStrictEquals } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { reportedError } from "../../mod/common/log.ts";

/** What is written to the console, where no log is set up, while something runs. */
function reportedBy(work: () => void): unknown[][] {
  const reported: unknown[][] = [];
  const { error } = console;
  console.error = (...values) => reported.push(values);
  try {
    work();
  } finally {
    console.error = error;
  }
  return reported;
}

Deno.test("what is no error of the protocol is reported and answered as INTERNAL", () => {
  const fault = new RangeError("oops");
  const reported = reportedBy(() => {
    assertEquals(reportedError("a request failed", fault).code, "INTERNAL");
  });
  assertEquals(reported, [["a request failed:", fault]]);
});

Deno.test("an error of the protocol is passed on and not reported", () => {
  const known = new ServiceError("BUSY", "later");
  const reported = reportedBy(() => assertStrictEquals(reportedError("a request", known), known));
  assertEquals(reported, []);
});
