import { dirname, join } from "@std/path";
import manifest from "../deno.json" with { type: "json" };
import { ROOT } from "./sources.ts";

/**
 * The program under `deno run`, with the permissions and options that the task `run` gives it.
 *
 * @param args The program's own arguments, from the command on.
 */
export function serviceCommand(
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Deno.Command {
  const [deno, ...task] = manifest.tasks.run.command.split(" ");
  const command = task.pop();
  const entry = task.pop();
  if (deno !== "deno" || command !== "serve" || entry === undefined) {
    throw new Error("the task `run` is expected to be: deno run … main.ts serve");
  }
  return new Deno.Command(Deno.execPath(), {
    ...options,
    args: [...task, `--config=${join(ROOT, "deno.json")}`, join(ROOT, entry), ...args],
    // The permission to run `deno` is that of running this very executable.
    env: { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`, ...options.env },
  });
}
