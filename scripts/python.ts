/** Python with packages of certain versions, in a virtual environment that is made once. */
import { dirname, join } from "@std/path";

/**
 * A Python interpreter that has the packages of a requirements file. They are installed where they are not
 * there yet, or others are wanted; of several processes one installs, and the others wait for it.
 *
 * @param folder Of the virtual environment.
 * @return Path of the interpreter.
 * @throws Error that says why there is none.
 */
export async function pythonWith(requirements: string, folder: string): Promise<string> {
  const wanted = await Deno.readTextFile(requirements);
  const python = join(folder, "bin", "python");
  const installed = join(folder, "installed.txt");
  if (await textOf(installed) === wanted) return python;
  await Deno.mkdir(dirname(folder), { recursive: true });
  using turn = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await turn.lock(true);
  if (await textOf(installed) === wanted) return python; // another process was first
  console.error(`installing the Python packages of ${requirements}`);
  await succeed(
    "python3",
    ["-m", "venv", "--clear", folder],
    "python3 with venv is not installed (Debian: python3-venv)",
  );
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
  await succeed(python, [...pip, "-r", requirements], `pip could not install ${requirements}`);
  await Deno.writeTextFile(installed, wanted);
  return python;
}

/** Whether there is any Python. */
export async function hasPython(): Promise<boolean> {
  try {
    const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const { success } = await new Deno.Command("python3", { ...options, args: ["--version"] })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function succeed(command: string, args: string[], failure: string): Promise<void> {
  const options = { args, stdin: "null", stdout: "null", stderr: "inherit" } as const;
  let success;
  try {
    ({ success } = await new Deno.Command(command, options).output());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    success = false;
  }
  if (!success) throw new Error(failure);
}
