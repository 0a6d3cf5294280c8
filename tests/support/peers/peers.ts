/**
 * pyarrow and Polars: other people's readers and writers of Parquet, in a Python of their own. They are
 * installed once into `dist/python`; where that can't be, tests that need them are ignored and say so.
 */
import { fromFileUrl, join } from "@std/path";
import { pythonWith } from "../../../scripts/python.ts";
import { ROOT } from "../../../scripts/sources.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

export type Peer = "pyarrow" | "polars";
export const PEERS: readonly Peer[] = ["pyarrow", "polars"];

async function find(): Promise<{ python: string } | { missing: string }> {
  try {
    return { python: await pythonWith(join(HERE, "requirements.txt"), join(ROOT, "dist/python")) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

const found = await find();

/** A test with pyarrow and Polars; ignored, with the reason in its name, where they are not there. */
export function peerTest(name: string, fn: () => Promise<void>): void {
  if ("python" in found) Deno.test(name, fn);
  else Deno.test({ name: `${name} (${found.missing})`, ignore: true, fn });
}

/**
 * Calls a function of `peers.py`.
 *
 * @throws Error with what it wrote when it fails.
 */
export async function callPeer<T>(name: string, ...args: unknown[]): Promise<T> {
  if (!("python" in found)) throw new Error(found.missing);
  const child = new Deno.Command(found.python, {
    args: [join(HERE, "peers.py"), name],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(args)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
