/**
 * `denow task test [arguments of deno test]`: the whole suite, against `deno run` and against the
 * binary, which is compiled first where it is missing or older than its sources. Ends with a line
 * that counts: `N passed, N failed`.
 */
import { compile, isCurrent } from "./binary.ts";
import { ROOT } from "./sources.ts";

interface Counts {
  passed: number;
  failed: number;
  ignored: number;
}

if (!await isCurrent()) {
  console.log("compiling the binary");
  try {
    await compile();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    finish({ passed: 0, failed: 1, ignored: 0 }, 1);
  }
}

const plain = !Deno.stdout.isTerminal();
const tests = new Deno.Command(Deno.execPath(), {
  args: ["test", "--doc", "--allow-all", "--no-prompt", ...Deno.args],
  cwd: ROOT,
  env: plain ? { NO_COLOR: "1" } : {},
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let tail = "";
const decoder = new TextDecoder();
for await (const bytes of tests.stdout) {
  await writeAll(bytes);
  tail = (tail + decoder.decode(bytes, { stream: true })).slice(-4096);
}
const { code } = await tests.status;
finish(readSummary(tail), code);

/** The counts of the summary line that `deno test` ends with; nothing ran where there is none. */
function readSummary(text: string): Counts {
  // deno-lint-ignore no-control-regex
  const lines = text.replace(/\x1b\[[0-9;]*m/g, "").split("\n");
  const summary = lines.findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line)) ?? "";
  const count = (word: string) => Number(summary.match(`(\\d+) ${word}`)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

function finish({ passed, failed, ignored }: Counts, code: number): never {
  if (code === 0 && passed + failed + ignored === 0) {
    console.error("no test ran");
    code = 1;
  }
  // A test file that doesn't compile, or an error outside of tests, is in no count.
  if (code !== 0 && failed === 0) failed = 1;
  const skipped = ignored > 0 ? `, ${ignored} skipped` : "";
  console.log(`${passed} passed, ${failed} failed${skipped}`);
  Deno.exit(code);
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length;) from += await Deno.stdout.write(bytes.subarray(from));
}
