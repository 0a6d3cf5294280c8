import { patiently } from "../../scripts/patience.ts";

/**
 * Everything a service sends on one connection after this input.
 *
 * @param options.halfClose ends the client's side after the input, as `nc` does
 */
export async function exchange(
  port: number,
  input: string | Uint8Array,
  { halfClose = false } = {},
): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const sending = (async () => {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    if (halfClose) await connection.closeWrite();
  })().catch(() => {}); // a service that has answered early may not read on
  const text = await patiently(
    new Response(connection.readable).text(),
    "a service to end a connection",
    () => connection.close(),
  );
  await sending;
  return text;
}
