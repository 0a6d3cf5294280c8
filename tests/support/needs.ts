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
export async function missingCommand(
  ...commands: readonly (readonly [command: string, debian: string])[]
): Promise<string | null> {
  for (const [command, debian] of commands) {
    if (await pathOf(command) === null) return `${command} is not installed (Debian: ${debian})`;
  }
  return null;
}

/** Where a command lies in PATH; null where it doesn't. */
export async function pathOf(command: string): Promise<string | null> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${command}`;
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
  return null;
}

/** What only root may do. */
export const notRoot: string | null = Deno.uid() === 0 ? null : "only root may do this";
