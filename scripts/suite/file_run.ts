/** One test file in a process of its own. */
import { join } from "@std/path";
import { ROOT } from "../sources.ts";
import { EXAMPLES } from "./selection.ts";

/** A test that has run, or was skipped. */
export interface TestResult {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  seconds: number;
}

/** What came of a test file. */
export interface FileResult {
  file: string;
  seconds: number;
  tests: readonly TestResult[];
  /** Whether all went well, what is outside of tests included. */
  success: boolean;
  /** Both streams, as they came. */
  output: string;
}

/** How a test file is run. */
export interface FileRun {
  /** Of `deno test`, beside the file. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** When it is ended as one that hangs. */
  seconds: number;
  /** Takes what it writes as it comes. */
  write?: ((text: string) => void) | undefined;
}

/** Runs a test file to its end. */
export async function runFile(file: string, run: FileRun): Promise<FileResult> {
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "suite_" });
  try {
    const report = join(folder, "report.xml");
    const { success, output } = await denoTest(file, report, run);
    const seconds = (performance.now() - began) / 1000;
    return { file, seconds, success, output, tests: testsOf(await textOf(report)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function denoTest(
  file: string,
  report: string,
  { args, env, seconds, write }: FileRun,
): Promise<{ success: boolean; output: string }> {
  // Types of test files are checked by `deno task check`; those of examples nowhere else.
  const kind = file === EXAMPLES ? "--doc" : "--no-check";
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-prompt", kind, `--junit-path=${report}`, ...args, file],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      write?.(text);
      output += text;
    }
  };
  try {
    await Promise.all([read(child.stdout), read(child.stderr)]);
    const { success } = await child.status;
    if (hangs) output += `\nended after ${seconds} s: something in it hangs\n`;
    return { success: success && !hangs, output };
  } finally {
    clearTimeout(timer);
  }
}

/** What a report in JUnit's format tells, as `deno test` writes it; steps belong to their tests. */
function testsOf(report: string): TestResult[] {
  const tests: TestResult[] = [];
  const cases = /<testcase name="([^"]*)"[^>]* time="([\d.]+)"[^>]*>([\s\S]*?)<\/testcase>/g;
  for (const [, escaped, time, inside] of report.matchAll(cases)) {
    const name = unescape(escaped!);
    if (tests.some((test) => name.startsWith(`${test.name} > `))) continue;
    const outcome = inside!.includes("<failure")
      ? "failed"
      : inside!.includes("<skipped")
      ? "skipped"
      : "passed";
    tests.push({ name, outcome, seconds: Number(time) });
  }
  return tests;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function unescape(text: string): string {
  return text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ""; // it ended before it could tell
    throw error;
  }
}
