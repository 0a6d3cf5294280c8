/** A line to Redis that can be cut: nothing gets through then, and neither side is told. */
import { missingCommand, notRoot } from "./needs.ts";
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

/** Networks that a process of tests may make. */
const MOST_NETWORKS = 2;

/** A machine of its own, as far as its network goes: a namespace of the kernel's, with a cable to this one. */
export class Namespace implements AsyncDisposable {
  readonly #name: string;
  /** Number of the network's first address among those of 198.18.0.0/15, which is kept for such tests. */
  readonly #first: number;

  private constructor(index: number) {
    this.#name = `mt${Deno.pid}_${index}`;
    this.#first = 4 * (MOST_NETWORKS * (Deno.pid % 2 ** 14) + index);
  }

  /** @param index From 0, below {@linkcode MOST_NETWORKS}; each has a network of its own. */
  static async make(index: number): Promise<Namespace> {
    const made = new Namespace(index), name = made.#name;
    await ip("netns", "add", name);
    await ip("link", "add", `${name}a`, "type", "veth", "peer", "name", `${name}b`);
    await ip("link", "set", `${name}b`, "netns", name);
    await ip("addr", "add", `${made.near}/30`, "dev", `${name}a`);
    await ip("link", "set", `${name}a`, "up");
    await ip("-n", name, "addr", "add", `${made.far}/30`, "dev", `${name}b`);
    await ip("-n", name, "link", "set", `${name}b`, "up");
    await ip("-n", name, "link", "set", "lo", "up");
    return made;
  }

  /** Address of this machine, as the other sees it; and of the other. */
  get near(): string {
    return this.#address(1);
  }

  get far(): string {
    return this.#address(2);
  }

  #address(place: number): string {
    const number = this.#first + place;
    return `198.${18 + (number >> 16)}.${number >> 8 & 255}.${number & 255}`;
  }

  /** What stands before a command that is run there. */
  get before(): string[] {
    return ["ip", "netns", "exec", this.#name];
  }

  cut(): Promise<void> {
    return ip("link", "set", `${this.#name}a`, "down");
  }

  mend(): Promise<void> {
    return ip("link", "set", `${this.#name}a`, "up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ip("link", "del", `${this.#name}a`);
    await ip("netns", "del", this.#name);
  }
}

/** What is missing for networks to be made; null where they can be. */
export async function missingNamespaces(): Promise<string | null> {
  const missing = await missingCommand(["ip", "iproute2"]) ?? notRoot;
  if (missing !== null) return missing;
  try {
    await using _one = await Namespace.make(0);
    return null;
  } catch {
    return "networks can't be made here: the kernel refuses namespaces";
  }
}

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
