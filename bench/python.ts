/** The Python peers: installed once, in a virtual environment beside the data. */
import { fromFileUrl, join } from "@std/path";
import { textOf } from "./data.ts";
import { PeerProcess } from "./peer.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

/**
 * Starts the process of the Python peers; installs them first where they are not there yet.
 *
 * @throws Error that says why there are none.
 */
export async function startPython(cache: string): Promise<PeerProcess> {
  const folder = join(cache, "python");
  await install(folder);
  return new PeerProcess(join(folder, "bin", "python"), {
    args: [join(HERE, "peers.py")],
  });
}

async function install(folder: string): Promise<void> {
  const requirements = join(HERE, "requirements.txt");
  const wanted = await Deno.readTextFile(requirements);
  const installed = join(folder, "installed.txt");
  if (await textOf(installed) === wanted) return;
  console.error("installing the Python peers");
  await succeed("python3", ["-m", "venv", "--clear", folder], "python3 with venv is not there");
  const pip = ["-m", "pip", "install", "--quiet", "-r", requirements];
  await succeed(
    join(folder, "bin", "python"),
    pip,
    "pip could not install bench/requirements.txt",
  );
  await Deno.writeTextFile(installed, wanted);
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
