import { delay } from "@std/async/delay";
/** Wait after the system could take on no connection, mostly for want of file descriptors. */
const RETRY_MILLISECONDS = 50;
/** Connections that the system itself keeps until they are accepted. */
const LEAST_BACKLOG = 128, MOST_BACKLOG = 4096;

/** An address can't be listened on: the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** A TCP port that is listened on, also over times in which the system can take on no connection. */
export class Listener {
  readonly #host: string;
  readonly #port: number;
  readonly #onShortage: (why: string) => void;
  #server: Deno.TcpListener | null = null;

  /**
   * @param host Address to listen on.
   * @param port Port to listen on; 0 picks a free one.
   * @param onShortage Called when the system can take on no connection, once until it can again.
   */
  constructor(host: string, port: number, onShortage: (why: string) => void = () => {}) {
    this.#host = host;
    this.#port = port;
    this.#onShortage = onShortage;
  }

  /** The socket that listens, or null. */
  get server(): Deno.TcpListener | null {
    return this.#server;
  }

  /**
   * Starts to listen.
   *
   * @param connections How many are expected at once, at most.
   * @return the address, with the port that was picked for 0
   * @throws {ListenError} when the address can't be had
   */
  listen(connections: number): Deno.NetAddr {
    if (this.#server !== null) throw new ListenError("this server is listening already");
    try {
      this.#server = Deno.listen({
        hostname: this.#host,
        port: this.#port,
        tcpBacklog: Math.max(LEAST_BACKLOG, Math.min(connections, MOST_BACKLOG)),
      });
    } catch (error) {
      throw new ListenError(whyNot(error, `${this.#host}:${this.#port}`), { cause: error });
    }
    return this.#server.addr;
  }

  /** The next connection, or null once this is closed. */
  async accept(): Promise<Deno.TcpConn | null> {
    for (let short = false; this.#server !== null;) {
      let connection;
      try {
        connection = await this.#server.accept();
      } catch (error) {
        if (this.#server === null) return null;
        if (!short) this.#onShortage(error instanceof Error ? error.message : String(error));
        short = true;
        await delay(RETRY_MILLISECONDS);
        continue;
      }
      if (this.#server !== null) return connection;
      // Closed between the client's coming and now.
      connection.close();
    }
    return null;
  }

  /** Listens no more. */
  close(): void {
    const server = this.#server;
    this.#server = null;
    server?.close();
  }
}

/** An address with its port, as people write it: `127.0.0.1:80`, `[::1]:80`. */
export function placeOf({ hostname, port }: Pick<Deno.NetAddr, "hostname" | "port">): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Why an address can't be listened on, and what to do. */
function whyNot(error: unknown, place: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `${place} is in use: stop what listens there, or choose another port`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `this user may not listen on ${place}: choose a port above 1023`;
  }
  return `can't listen on ${place}: ${error instanceof Error ? error.message : String(error)}`;
}
