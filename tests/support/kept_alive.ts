/** DuckDB, once it was open, has timers not keep the process alive: this does. */
export function keptAlive(): Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.accept().catch(() => {}); // nobody comes, and it is closed
  return listener;
}
