/** A Redis of the tests' own: on loopback, in a folder of its own, on a port that was free. */
import { join } from "@std/path";
import { Redis } from "ioredis";
import { type TempDir, tempDir } from "./harness.ts";
import { pathOf } from "./needs.ts";
import { until } from "./until.ts";

/** Redis, or Valkey where that is installed instead. */
const SERVER: string | null = pathOf("redis-server") ?? pathOf("valkey-server");

/** What tests of the cluster lack. */
export const missingRedis: string | null = SERVER === null
  ? "redis-server is not installed (Debian: redis-server)"
  : null;

/** Ports that are tried, where another process takes one before Redis does. */
const TRIES = 5;

/** A running Redis. Disposing it ends it and removes what it kept. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TempDir;
  readonly #options: readonly string[];
  #child: Deno.ChildProcess;
  #ended = false;

  private constructor(port: number, folder: TempDir, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    this.#child = this.#spawn();
  }

  /** @param options As its command line takes them, beside those for its place; with a certificate it talks TLS. */
  static async start(...options: string[]): Promise<RedisServer> {
    for (let tries = 1;; tries++) {
      const server = new RedisServer(freePort(), await tempDir(), options);
      try {
        await server.#ready(0);
        return server;
      } catch (error) {
        await server[Symbol.asyncDispose]();
        if (tries === TRIES) throw error;
      }
    }
  }

  get url(): string {
    return `${this.#secure ? "rediss://localhost" : "redis://127.0.0.1"}:${this.port}`;
  }

  /** A database of it, which knows nothing of the others. */
  database(number: number): { url: string } {
    return { url: `${this.url}/${number}` };
  }

  /** A connection for the test itself; to be disconnected. */
  client(): Redis {
    return new Redis(this.port, "127.0.0.1");
  }

  /** Ends it as kill -9 does. */
  async kill(): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Starts it again after it was ended; what it kept on the disk it knows again. */
  async restart(): Promise<void> {
    const before = this.#starts();
    this.#child = this.#spawn();
    await this.#ready(before);
  }

  /** Starts it again after it was ended, without anything that it knew. */
  async restartEmpty(): Promise<void> {
    await Deno.remove(join(this.#folder.path, "appendonlydir"), { recursive: true });
    await this.restart();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }

  get #secure(): boolean {
    return this.#options.includes("--tls-cert-file");
  }

  get #log(): string {
    return join(this.#folder.path, "log");
  }

  #spawn(): Deno.ChildProcess {
    const port = `${this.port}`;
    const place = this.#secure ? ["--port", "0", "--tls-port", port] : ["--port", port];
    place.push("--bind", "127.0.0.1", "--dir", this.#folder.path);
    const child = new Deno.Command(SERVER!, {
      args: [...place, "--save", "", "--logfile", this.#log, ...this.#options],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#ended = false;
    child.status.then(() => {
      if (child === this.#child) this.#ended = true;
    });
    return child;
  }

  /** How often it has said that it takes connections. */
  #starts(): number {
    return this.#told().match(/Ready to accept connections/g)?.length ?? 0;
  }

  #told(): string {
    try {
      return Deno.readTextFileSync(this.#log);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return ""; // it has said nothing yet
      throw error;
    }
  }

  /** Waits until it has started more often than that. @throws Error with its log when it ends instead. */
  async #ready(before: number): Promise<void> {
    await until("Redis to be ready", () => {
      if (this.#ended) throw new Error(`Redis has ended: ${this.#told()}`);
      return this.#starts() > before;
    }, 10);
  }
}

/** A port that nobody listens on: Redis can't pick one itself. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
