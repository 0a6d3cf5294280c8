/** What the runner says. */
import type { FileResult, TestResult } from "./file_run.ts";

const SLOWEST = 20;

/** How many tests passed, failed and were skipped. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts of one file; what fails outside of its tests is one more that failed. */
export function countsOf({ tests, success }: FileResult): Counts {
  const count = (outcome: TestResult["outcome"]) =>
    tests.filter((test) => test.outcome === outcome).length;
  const failed = count("failed");
  return {
    passed: count("passed"),
    failed: failed === 0 && !success ? 1 : failed,
    skipped: count("skipped"),
  };
}

/** The sum of counts. */
export function sumOf(counts: readonly Counts[]): Counts {
  const sum = (name: keyof Counts) => counts.reduce((total, one) => total + one[name], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** The line of a file that has ended; what it wrote stands before it where that matters. */
export function fileText(result: FileResult): string {
  const { file, seconds, success, output } = result;
  const { passed, failed, skipped } = countsOf(result);
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");
  const line = `${success ? "ok    " : "FAILED"} ${file}  ${counts}  ${seconds.toFixed(1)} s\n`;
  return success ? line : `\n${output.trimEnd()}\n\n${line}`;
}

/** What stands at the end, above the counts: what was skipped, what failed, and what took longest. */
export function closingText(results: readonly FileResult[], slowest: boolean): string {
  const lines: string[] = [];
  const all = results.flatMap(({ file, tests }) => tests.map((test) => ({ file, ...test })));
  if (slowest) {
    lines.push("", `the ${SLOWEST} slowest tests:`);
    for (const { file, name, seconds } of all.toSorted(bySeconds).slice(0, SLOWEST)) {
      lines.push(`${seconds.toFixed(1).padStart(7)} s  ${file}  ${name}`);
    }
    lines.push("", `the ${SLOWEST} slowest files:`);
    for (const { file, seconds } of results.toSorted(bySeconds).slice(0, SLOWEST)) {
      lines.push(`${seconds.toFixed(1).padStart(7)} s  ${file}`);
    }
  }
  for (const { file, name, outcome } of all) {
    if (outcome === "skipped") lines.push(`skipped: ${file}: ${name}`);
  }
  for (const result of results.filter(({ success }) => !success)) {
    const failed = result.tests.filter(({ outcome }) => outcome === "failed");
    for (const { name } of failed) lines.push(`failed: ${result.file}: ${name}`);
    if (failed.length === 0) lines.push(`failed: ${result.file}: outside of its tests`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function bySeconds(a: { seconds: number }, b: { seconds: number }): number {
  return b.seconds - a.seconds;
}

/** The last line. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
