/** A Redis of the tests' own: on loopback, in a folder of its own, on a port that was free. */
import { join } from "@std/path";
import { Redis } from "ioredis";
import { patiently } from "../../scripts/patience.ts";
import { type TempDir, tempDir } from "./harness.ts";

/** Whether there is a Redis or a Valkey to be started; where there is none, tests of the cluster are skipped. */
export const SERVER: string | null = await firstOf("redis-server", "valkey-server");
if (SERVER === null) console.log("no redis-server here: the tests of the cluster are skipped");

async function firstOf(...names: string[]): Promise<string | null> {
  for (const name of names) {
    try {
      const { success } = await new Deno.Command(name, { args: ["--version"] }).output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** A running Redis. Disposing it ends it and removes what it kept. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TempDir;
  readonly #options: readonly string[];
  #child: Deno.ChildProcess;

  private constructor(port: number, folder: TempDir, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    this.#child = this.#spawn();
  }

  /** @param options As its command line takes them, beside those for its place. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(freePort(), await tempDir(), options);
    await server.#answers();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A connection for the test itself; to be disconnected. */
  client(): Redis {
    return new Redis(this.port, "127.0.0.1");
  }

  /** Ends it as kill -9 does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Starts it again after it was ended; what it kept on the disk it knows again. */
  async restart(): Promise<void> {
    this.#child = this.#spawn();
    await this.#answers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#child.status;
    await this.#folder[Symbol.asyncDispose]();
  }

  #spawn(): Deno.ChildProcess {
    const place = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.#folder.path];
    return new Deno.Command(SERVER!, {
      args: [...place, "--save", "", "--logfile", join(this.#folder.path, "log"), ...this.#options],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Waits until it talks, whatever it says to somebody without a password. */
  #answers(): Promise<void> {
    let waiting = true;
    const answer = async () => {
      while (waiting) {
        try {
          using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
          if (this.#options.includes("--tls-port")) return;
          await connection.write(new TextEncoder().encode("PING\r\n"));
          const bytes = new Uint8Array(64);
          const length = await connection.read(bytes) ?? 0;
          const text = new TextDecoder().decode(bytes.subarray(0, length));
          if (/^(\+PONG|-NOAUTH)/.test(text)) return;
        } catch (error) {
          if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return patiently(answer(), "Redis to answer", () => waiting = false);
  }
}

/** A port that nobody listens on, for a server that can't pick one itself. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
