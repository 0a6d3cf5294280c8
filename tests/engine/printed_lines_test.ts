import { assertEquals } from "@std/assert";
import type { LogLine } from "../../mod/job/log_line.ts";
import { JobLog } from "../../mod/engine/link/printed_lines.ts";

Deno.test("a log keeps the lines that fit, counts empty lines, and reports each line once", () => {
  const told: LogLine[][] = [];
  const lines = (...texts: string[]) => texts.map((text, time) => ({ text, time, partition: 1 }));
  const log = new JobLog(10, (lines) => told.push(lines));
  log.add(lines("abc", ""));
  log.add(lines(...Array(1000).fill("")));
  log.add(lines("more"));
  const full = ["abc", "", "", "", "", "", "", "… (the log is full)"];
  assertEquals(log.lines.map(({ text }) => text), full);
  assertEquals(log.lines.at(-1), { text: full.at(-1)!, time: 5, partition: 1 });
  assertEquals(told, [log.lines.slice(0, 2), log.lines.slice(2)]);
});
