import type { Certificate } from "./access/certificate.ts";
import type { AddressRanges } from "./access/ranges.ts";
import { ServiceError } from "./common/errors.ts";
import { log, reportFault } from "./common/log.ts";
import { defaultLimits } from "./settings/limits.ts";
import { Connection, type Socket, type Traffic } from "./wire/connection.ts";
import type { Frame } from "./wire/framing.ts";
import type { TcpLimits } from "./wire/connection_limits.ts";
import { Listener, ListenError } from "./wire/listener.ts";
import { within } from "./common/within.ts";
import type { JsonObject } from "./common/json_object.ts";
import { errorReply, noHeaderReply } from "./wire/reply.ts";
import { parseFrame } from "./wire/request.ts";
import { Pending } from "./wire/pending.ts";
import { TlsSocket } from "./wire/tls_socket.ts";

export { ListenError };

/** Who gets in, and what their connections are made of. */
export interface Entrance {
  /** Addresses that clients may come from; null for all. */
  allow: AddressRanges | null;
  /** Connections are TLS and the server proves itself with this; null for plain ones. */
  tls: Certificate | null;
}

/** What {@linkcode TCP.request} gives. */
export type Received =
  /** A request, and the text it was. */
  | [ok: true, request: JsonObject, frame: Frame]
  /** The reply an unusable request deserves, or null when nothing more will come. */
  | [ok: false, reply: JsonObject | null];

/**
 * JSON over TCP, or over TLS: takes connections, reads requests, sends replies. It knows nothing of
 * what requests mean, so a server of any kind can be built on it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TCP } from "./tcp.ts";
 *
 * const server = new TCP("127.0.0.1", 0);
 * const { port } = server.listen();
 * const served = server.serve(async (connection) => {
 *   const [ok, request] = await server.request(connection);
 *   if (ok) await server.response(connection, { Hello: request.Name });
 * });
 *
 * const client = await Deno.connect({ port });
 * await client.write(new TextEncoder().encode('{"Name":"Ada"}'));
 * assertEquals(await new Response(client.readable).json(), { Hello: "Ada" });
 * await server.close();
 * await served;
 * ```
 */
export class TCP {
  readonly host: string;
  readonly port: number;
  readonly limits: TcpLimits;
  /** Of all connections, those that have ended too. */
  readonly traffic: Traffic = { received: 0, sent: 0 };

  readonly #entrance: Entrance;
  readonly #listener: Listener;
  /** Connections in use, and those that only wait for their last reply to be read. */
  readonly #open = new Set<Connection>();
  readonly #ending = new Set<Connection>();
  readonly #pending: Pending;
  /** Sockets that the system keeps though they were closed, for their clients don't read. */
  #stuck = 0;
  #handlers = 0;
  #watch: number | undefined;
  #quiet: (() => void) | null = null;

  /**
   * @param host address to listen on
   * @param port port to listen on; 0 picks a free one
   */
  constructor(
    host: string,
    port: number,
    limits: Partial<TcpLimits> = {},
    entrance: Partial<Entrance> = {},
  ) {
    this.host = host;
    this.port = port;
    this.limits = { ...defaultLimits(), ...limits };
    const { pendingBytes, requestBytes } = this.limits;
    this.#pending = new Pending(Math.max(pendingBytes, requestBytes));
    this.#entrance = { allow: null, tls: null, ...entrance };
    this.#listener = new Listener(host, port);
  }

  /** The socket that listens, or null. */
  get server(): Deno.TcpListener | null {
    return this.#listener.server;
  }

  /** Clients connected, without those whose connection is coming to its end. */
  get connections(): number {
    return this.#open.size;
  }

  /**
   * Starts to listen.
   *
   * @return the address, with the port that was picked for 0
   * @throws {ListenError} when the address can't be had
   */
  listen(): Deno.NetAddr {
    const address = this.#listener.listen(this.limits.connections);
    const { idleSeconds, replySeconds } = this.limits;
    const period = Math.min(1, idleSeconds / 4, replySeconds / 4) * 1000;
    this.#watch = setInterval(() => this.#checkTimes(), period);
    return address;
  }

  /**
   * The next client, or null once this server is closed. A client over the limit is answered `BUSY`
   * meanwhile; one from an address that is not allowed is hung up on before it is listened to.
   */
  async accept(): Promise<Connection | null> {
    for (let conn; (conn = await this.#listener.accept()) !== null;) {
      const { allow, tls } = this.#entrance;
      if (allow !== null && !allow.includes(conn.remoteAddr.hostname)) {
        conn.close();
        continue;
      }
      const connection = this.#register(tls === null ? conn : new TlsSocket(conn, tls));
      if (this.#open.size + this.#stuck <= this.limits.connections) return connection;
      this.#turnAway(connection);
    }
    return null;
  }

  /** Proves itself with another certificate from the next connection on. */
  renew(certificate: Certificate): void {
    this.#entrance.tls = certificate;
  }

  /** The clients as they come, until this server is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void> {
    for (let client = await this.accept(); client !== null; client = await this.accept()) {
      yield client;
    }
  }

  /**
   * Hands every client to a function, all of them at once, and ends each connection when the function
   * is done with it; resolves when this server is closed. What the function throws ends that
   * connection alone and is told in the log.
   */
  async serve(handle: (connection: Connection) => Promise<void>): Promise<void> {
    for await (const connection of this) this.#handle(connection, handle);
  }

  /**
   * A client's next request. What is wrong with it is returned as the reply to send; a request that
   * comes too late has been answered already.
   */
  async request(connection: Connection): Promise<Received> {
    try {
      const frame = await connection.receive();
      return frame === null ? [false, null] : [true, parseFrame(frame), frame];
    } catch (error) {
      return [false, noHeaderReply(ServiceError.from(error))];
    }
  }

  /**
   * Sends a reply: an object, or its JSON text. A client that has gone is no error.
   *
   * @return whether the reply was handed to the network
   */
  async response(connection: Connection, data: JsonObject | string): Promise<boolean> {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    try {
      return await connection.send(text);
    } catch (error) {
      return await connection.send(errorReply(null, ServiceError.from(error)));
    }
  }

  /**
   * Stops listening and ends idle connections; the others may go on for the time given, then they are
   * closed.
   */
  async close(graceSeconds = 0): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) if (connection.waiting) connection.finish();
    if (graceSeconds > 0 && this.#busy) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#quiet = resolve;
      await within(graceSeconds * 1000, promise);
      this.#quiet = null;
    }
    for (const connection of [...this.#open, ...this.#ending]) connection.close();
    clearInterval(this.#watch);
  }

  get #busy(): boolean {
    return this.#handlers + this.#open.size + this.#ending.size > 0;
  }

  #register(conn: Socket): Connection {
    const connection: Connection = new Connection(conn, this.limits, this.#pending, {
      onEnding: () => {
        this.#open.delete(connection);
        this.#ending.add(connection);
        // Ends cost a descriptor each: of too many, the one that has had most time goes.
        if (this.#ending.size > this.limits.connections) first(this.#ending).close();
      },
      onClosed: (stuck) => {
        this.#ending.delete(connection);
        log.connection.debug("{peer} closed", { peer: connection.peer });
        if (stuck !== null) {
          this.#stuck++;
          stuck.then(() => this.#stuck--);
        }
        this.#checkQuiet();
      },
      traffic: this.traffic,
    });
    this.#open.add(connection);
    log.connection.debug("{peer} opened", { peer: connection.peer });
    return connection;
  }

  #turnAway(connection: Connection): void {
    log.connection.info("{peer} turned away: too many are connected", { peer: connection.peer });
    const error = new ServiceError(
      "BUSY",
      `${this.limits.connections} clients are connected, and no more are allowed: try again later`,
    );
    connection.finish(errorReply(null, error));
  }

  async #handle(
    connection: Connection,
    handle: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    this.#handlers++;
    try {
      await handle(connection);
    } catch (error) {
      reportFault(`serving ${connection.peer} failed`, error);
    }
    await connection.finish();
    this.#handlers--;
    this.#checkQuiet();
  }

  #checkQuiet(): void {
    if (!this.#busy) this.#quiet?.();
  }

  #checkTimes(): void {
    const now = performance.now();
    for (const connection of this.#open) connection.checkTime(now);
    for (const connection of this.#ending) connection.checkTime(now);
  }
}

function first<T>(set: Set<T>): T {
  for (const one of set) return one;
  throw new RangeError("the set is empty");
}
