/** The Pythons of this machine, for tests of what has to run on old and new ones. */
import { join } from "@std/path";

/** A Python that the client has to run on. */
export interface Interpreter {
  /** `3.9`, or what `python3` is. */
  name: string;
  /** What starts it; null where the machine lacks it. */
  path: string | null;
}

/** The oldest Python that is supported. */
export const OLDEST = 9;
/** Newer ones than this are not looked for. */
const NEWEST = 20;

/** `python3`, the oldest that is supported, and the newest there is. */
export async function interpreters(): Promise<Interpreter[]> {
  const found = new Map<number, string>();
  for (let minor = OLDEST; minor <= NEWEST; minor++) {
    for (const path of [`python3.${minor}`, ...pyenvPaths(minor)]) {
      if (await minorOf(path) === minor) found.set(minor, path);
    }
  }
  const usual = await minorOf("python3");
  const newest = Math.max(...found.keys());
  const wanted: Interpreter[] = [{ name: "python3", path: usual === null ? null : "python3" }];
  if (usual !== OLDEST) wanted.push({ name: `3.${OLDEST}`, path: found.get(OLDEST) ?? null });
  if (newest > (usual ?? 0) && newest !== OLDEST) {
    wanted.push({ name: `3.${newest}`, path: found.get(newest)! });
  }
  return wanted;
}

/** Those that pyenv has, which its own commands hide. */
function pyenvPaths(minor: number): string[] {
  const folder = join(
    Deno.env.get("PYENV_ROOT") ?? join(Deno.env.get("HOME") ?? "/", ".pyenv"),
    "versions",
  );
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith(`3.${minor}.`))
      .map(({ name }) => join(folder, name, "bin", "python3"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The `9` of Python 3.9; null where the command is none. */
async function minorOf(command: string): Promise<number | null> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: ["-c", "import sys; print(sys.version_info[1])"],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? Number(new TextDecoder().decode(stdout)) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
