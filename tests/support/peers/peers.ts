/** pyarrow and Polars: other people's readers and writers of Parquet. */
import { pythonScript, pythonTest } from "./python.ts";

export type Peer = "pyarrow" | "polars";
export const PEERS: readonly Peer[] = ["pyarrow", "polars"];

/** A test with pyarrow and Polars. */
export const peerTest = pythonTest;

const ask = pythonScript("peers.py");

/**
 * Calls a function of `peers.py`.
 *
 * @throws Error with what Python says when it fails.
 */
export async function callPeer<T>(name: string, ...args: unknown[]): Promise<T> {
  const answer = JSON.parse(await ask(JSON.stringify([name, args]), name));
  if ("error" in answer) throw new Error(answer.error);
  return answer.value;
}
