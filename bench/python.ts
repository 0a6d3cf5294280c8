/** The Python peers: installed once, in a virtual environment beside the data. */
import { fromFileUrl, join } from "@std/path";
import { pythonWith } from "../scripts/python.ts";
import { PeerProcess } from "./peer.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

/**
 * Path of a Python that has the peers; they are installed first where they are not there yet.
 *
 * @throws Error that says why there is none.
 */
export async function pythonOf(cache: string): Promise<string> {
  return await pythonWith(join(HERE, "requirements.txt"), join(cache, "python"));
}

/** Starts the process of the Python peers. */
export function startPython(python: string, limitSeconds: number): PeerProcess {
  return new PeerProcess(python, [join(HERE, "peers.py")], limitSeconds);
}
