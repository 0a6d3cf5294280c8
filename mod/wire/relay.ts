import { writeAll } from "../common/write_all.ts";

/** Bytes that are on their way from one connection to another at most. */
export const RELAYED_BYTES = 64 * 1024;

/** Passes on what comes, and the end; nothing is read before what came earlier is taken. */
export async function relay(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(RELAYED_BYTES);
  for (let length; (length = await from.read(buffer)) !== null;) {
    await writeAll(to, buffer.subarray(0, length));
  }
  await to.closeWrite();
}
