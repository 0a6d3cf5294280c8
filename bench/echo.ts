/**
 * The least a server can do: replies to each piece of bytes with so many others. Started as a process
 * of its own with their number.
 */
const reply = new Uint8Array(Number(Deno.args[0])).fill(32);
reply[reply.length - 1] = 10;

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`listening on 127.0.0.1:${listener.addr.port}`);
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
for await (const connection of listener) {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer) !== null) await connection.write(reply);
  connection.close();
}
