/**
 * `denow task test`, `test:long` and `test:systemd`: runs test files, each in a process of its own, side by
 * side where they don't measure memory or load. What they need, such as the compiled program, is made while
 * others run. Ends with a line that counts: `N passed, N failed, N skipped`.
 */
import { commandHelp } from "../../mod/cli/arguments/help.ts";
import { UsageError } from "../../mod/cli/arguments/usage.ts";
import { ALONE } from "./plan.ts";
import { isCurrent } from "../binary.ts";
import { type FileResult, runFile } from "./file_run.ts";
import { commandOf, type Options, readOptions, type SuiteName } from "./options.ts";
import { sideBySide } from "./pool.ts";
import { holdProgram } from "./program.ts";
import { closingText, type Counts, countsLine, countsOf, fileText, sumOf } from "./report.ts";
import { chosen, filesOf, leadsTo } from "./selection.ts";
import { keepTimes, longestFirst } from "./times.ts";

/** The module that every test of the compiled program leads to. */
const PROGRAM = "scripts/binary.ts";

/** When a file is ended as one that hangs, in seconds; far above what the slowest takes on a busy machine. */
const PATIENCE_SECONDS: Readonly<Record<SuiteName, number>> = {
  short: 900,
  long: 4500,
  systemd: 1800,
};

async function run(suite: SuiteName, options: Options): Promise<FileResult[]> {
  const files = await longestFirst(suite, chosen(await filesOf(suite), options.places));
  const needing = new Set<string>();
  for (const file of files) if (await leadsTo(file, PROGRAM)) needing.add(file);
  const program = needing.size > 0 ? holdProgram(write) : undefined;
  // An error is told where it is waited for.
  program?.catch(() => {});
  const alone = files.filter((file) => isAlone(file));
  const others = files.filter((file) => !isAlone(file));
  // While the program is made those run that don't need it.
  const waiting = program !== undefined && !await isCurrent();
  const order = waiting
    ? others.toSorted((a, b) => Number(needing.has(a)) - Number(needing.has(b)))
    : others;
  const one = async (file: string) => {
    if (needing.has(file)) await program;
    const result = await runFile(file, {
      args: [
        ...(options.filter === undefined ? [] : [`--filter=${options.filter}`]),
        ...options.further,
      ],
      env: environment(suite, options),
      seconds: PATIENCE_SECONDS[suite],
      write: files.length === 1 ? write : undefined,
    });
    if (files.length > 1) write(fileText(result));
    return result;
  };
  const results = await sideBySide(order, options.jobs, one);
  results.push(...await sideBySide(alone, 1, one));
  (await program)?.[Symbol.dispose]();
  if (options.filter === undefined) await keepTimes(suite, results);
  return results;
}

function isAlone(file: string): boolean {
  return ALONE.some((path) => file === `tests/${path}`);
}

function environment(suite: SuiteName, { seed, amounts }: Options): Record<string, string> {
  return {
    SUITE: suite,
    SUITE_SEED: String(seed),
    SUITE_AMOUNTS: JSON.stringify(amounts),
    ...(Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" }),
  };
}

const encoder = new TextEncoder();

function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let from = 0; from < bytes.length;) from += Deno.stdout.writeSync(bytes.subarray(from));
}

/** Runs a suite and says what came of it. @return the exit code */
async function main(suite: SuiteName, args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    write(commandHelp(commandOf(suite), "./denow task"));
    return 0;
  }
  let options: Options, results: FileResult[];
  try {
    options = readOptions(suite, args);
    write(`seed ${options.seed}\n`);
    results = await run(suite, options);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}; --help tells what there is`);
      return 2;
    }
    console.error(error instanceof Error ? error.message : error);
    write(countsLine({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
  const counts: Counts = sumOf(results.map(countsOf));
  write(closingText(results, options.slowest));
  const none = counts.passed + counts.failed + counts.skipped === 0;
  if (none) console.error("no test ran");
  write(countsLine(counts));
  return none || counts.failed > 0 ? 1 : 0;
}

const [suite, ...args] = Deno.args as [SuiteName, ...string[]];
Deno.exit(await main(suite, args));
