/** The Python peers: installed once, in a virtual environment beside the data. */
import { fromFileUrl, join } from "@std/path";
import { pythonWith } from "../scripts/python.ts";
import { PeerProcess } from "./peer.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

/**
 * Starts the process of the Python peers; installs them first where they are not there yet.
 *
 * @throws Error that says why there are none.
 */
export async function startPython(cache: string): Promise<PeerProcess> {
  const python = await pythonWith(join(HERE, "requirements.txt"), join(cache, "python"));
  return new PeerProcess(python, { args: [join(HERE, "peers.py")] });
}
