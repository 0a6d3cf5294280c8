import { resolve } from "@std/path";
import { startAhead } from "../engine/host/ahead.ts";
import { defaultLimits } from "../settings/limits.ts";

/** Options with which a job does not run here, or not on files alone. */
const ELSEWHERE = ["--remote", "--host", "--port", "--allow-host", "--help", "-h"];

/** Starts the engine of `run` before anything else is loaded, where the arguments look as if it were needed. */
export async function startEngineOf(args: string[]): Promise<void> {
  if (args.some((argument) => ELSEWHERE.includes(argument.split("=", 1)[0]!))) return;
  const [directory, base, file] = ["directory", "base", "file"].map((name) => valueOf(args, name));
  if (directory === undefined || base === undefined || file === undefined) return;
  const { heapBytes, silenceSeconds } = defaultLimits();
  const options = { roots: [resolve(directory)], hosts: [], silenceSeconds };
  await startAhead(options, { formula: resolve(directory, file), heapBytes });
}

function valueOf(args: string[], name: string): string | undefined {
  const at = args.findIndex((argument) => argument.split("=", 1)[0] === `--${name}`);
  if (at < 0) return undefined;
  return args[at]!.includes("=") ? args[at]!.slice(args[at]!.indexOf("=") + 1) : args[at + 1];
}
