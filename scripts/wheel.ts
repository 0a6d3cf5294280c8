import { join } from "@std/path";
import { VERSION } from "../mod/common/version.ts";
import { pythonWith } from "./python.ts";
import { ROOT } from "./sources.ts";

/** The Python client's sources. */
export const PYTHON_CLIENT: string = join(ROOT, "clients", "python");

/** What a wheel's files say that they were last changed, in seconds since 1970: the same sources make the same bytes. */
const CHANGED = "1735689600";

/**
 * Makes the wheel of the Python client, whose version is the service's.
 *
 * @param folder Where it is put.
 * @return its path
 * @throws {Error} that says why there is none
 */
export async function makeWheel(folder: string): Promise<string> {
  const requirements = join(ROOT, "scripts", "wheel_requirements.txt");
  const python = await pythonWith(requirements, join(ROOT, "dist", "wheel-python"));
  const { success, stderr } = await new Deno.Command(python, {
    args: ["-m", "flit_core.wheel", "--outdir", folder, PYTHON_CLIENT],
    env: { SOURCE_DATE_EPOCH: CHANGED, PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`no wheel: ${new TextDecoder().decode(stderr)}`);
  const wheel = join(folder, `measuring_client-${VERSION}-py3-none-any.whl`);
  await Deno.stat(wheel); // the version of the package is that of the service
  return wheel;
}
