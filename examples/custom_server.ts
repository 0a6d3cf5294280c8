/**
 * A server of your own: it takes JSON requests over TCP, and you decide what it replies.
 *
 *     deno run --allow-net examples/custom_server.ts 8888
 */
import { TCP } from "../mod/tcp.ts";

const server = new TCP("127.0.0.1", Number(Deno.args[0] ?? 8888));
const { hostname, port } = server.listen();
console.log(`listening on ${hostname}:${port}`);

await server.serve(async (connection) => {
  const [ok, request] = await server.request(connection);
  if (ok) {
    await server.response(connection, {
      Header: "response",
      Request: { Status: "ok", Name: request.Name },
    });
  } else if (request) await server.response(connection, request);
});
