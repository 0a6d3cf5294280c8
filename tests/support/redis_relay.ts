/** A line to Redis that can be cut: nothing gets through then, and neither side is told. */
import type { RedisServer } from "./redis.ts";

/** Relays connections on loopback to Redis, until it is cut. */
export class Relay implements AsyncDisposable {
  readonly #redis: RedisServer;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  #whole = Promise.resolve();
  #mend = () => {};
  /** Changes what Redis says, of the same length. */
  instead: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;

  constructor(redis: RedisServer) {
    this.#redis = redis;
    this.#accept();
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#listener.addr.port}`;
  }

  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whole = promise;
    this.#mend = resolve;
  }

  mend(): void {
    this.#mend();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#mend();
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) this.#join(near);
  }

  async #join(near: Deno.Conn): Promise<void> {
    await this.#whole;
    let far: Deno.Conn;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.#redis.port });
    } catch {
      return close(near); // Redis is gone
    }
    this.#open.add(near).add(far);
    await Promise.race([this.#copy(near, far), this.#copy(far, near, this.instead)]);
    for (const connection of [near, far]) {
      this.#open.delete(connection);
      close(connection);
    }
  }

  async #copy(
    from: Deno.Conn,
    to: Deno.Conn,
    change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
  ): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await from.read(buffer);
        await this.#whole;
        if (length === null) return;
        const bytes = change(buffer.slice(0, length));
        for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
      }
    } catch {
      return; // either side has gone
    }
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // it is closed already
  }
}
