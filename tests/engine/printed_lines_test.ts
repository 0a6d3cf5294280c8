import { assertEquals } from "@std/assert";
import { JobLog } from "../../mod/engine/link/printed_lines.ts";

Deno.test("a log keeps the lines that fit, counts empty lines, and reports each line once", () => {
  const told: string[][] = [];
  const log = new JobLog(10, (lines) => told.push(lines));
  log.add(["abc", ""]);
  log.add(Array(1000).fill(""));
  log.add(["more"]);
  assertEquals(log.lines, ["abc", "", "", "", "", "", "", "… (the log is full)"]);
  assertEquals(told, [log.lines.slice(0, 2), log.lines.slice(2)]);
});
