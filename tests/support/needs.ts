import { isFile } from "../../scripts/is_file.ts";

/** Whether this is a run that has to have all that tests need. */
const COMPLETE = Deno.env.get("CI") === "true";

/**
 * A test that needs something a machine may lack. Where it is missing the test is skipped, with what is
 * missing in its name; in CI that is a failure.
 *
 * @param missing What this machine lacks, as a sentence; null where all is there.
 */
export function testWith(
  missing: string | null,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources"> = {},
): void {
  if (missing === null) Deno.test({ name, fn, ...options });
  else if (!COMPLETE) Deno.test({ name: `${name} (${missing})`, ignore: true, fn });
  else {
    Deno.test(name, () => {
      throw new Error(missing);
    });
  }
}

/** What is missing of commands, each with Debian's package that has it; null where all are there. */
export function missingCommand(
  ...commands: readonly (readonly [command: string, debian: string])[]
): string | null {
  for (const [command, debian] of commands) {
    if (pathOf(command) === null) return `${command} is not installed (Debian: ${debian})`;
  }
  return null;
}

/** Where a command lies in PATH; null where it doesn't. */
export function pathOf(command: string): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${command}`;
    if (isFile(path)) return path;
  }
  return null;
}

/** What only root may do. */
export const notRoot: string | null = Deno.uid() === 0 ? null : "only root may do this";
