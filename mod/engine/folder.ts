import { join } from "@std/path";

/**
 * Makes a folder that only this user may enter, below the system's folder for temporary files.
 *
 * `Deno.makeTempDir` won't do: it wants the right to write to all of that folder, which Deno denies
 * where the executable that this process may run lies below it.
 */
export async function makePrivateFolder(prefix: string): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "env", variable: "TMPDIR" });
  const parent = (state === "granted" && Deno.env.get("TMPDIR")) || "/tmp";
  const path = join(await Deno.realPath(parent), prefix + crypto.randomUUID());
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}

/** Removes a folder with all it holds; one that somebody else has removed is as good. */
export function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}
