import type { Certificate } from "../../access/certificate.ts";
import { networkOf } from "../../access/ranges.ts";
import { log } from "../../common/log.ts";
import type { HttpLimits } from "../../wire/connection_limits.ts";
import { Listener, placeOf } from "../../wire/listener.ts";
import { TlsSocket } from "../../wire/tls_socket.ts";
import { within } from "../../common/within.ts";
import { writeAll } from "../../common/write_all.ts";
import { ConnectionCounts } from "./connection_counts.ts";
import { HttpConnection, type Phase, shortReply } from "./http_connection.ts";
import { ADDRESS_HEADER } from "./inner_server.ts";
import { Tally } from "./tally.ts";

/** How often it is looked at times, in milliseconds. */
const LOOK_EVERY = 250;
/** How often at most it is told of what floods bring about, in milliseconds. */
export const TELL_EVERY = 10_000;

/** Why a connection was closed: there were too many, in all or of its client; or what it was doing took too long. */
export type Closing = "connections" | "client" | Exclude<Phase, "ending">;

/** What is behind the {@linkcode Front}, and hears of it. */
export interface Behind {
  /** A connection to the server that answers. @throws where there is none to be had, and has told why */
  connect: () => Promise<Deno.UnixConn>;
  /** The system could take on no connection. */
  onShortage: (why: string) => void;
  /** A limit was reached. */
  onClosing: (why: Closing) => void;
}

/**
 * Takes connections for HTTP, over TLS where there is a certificate, keeps their number and their times within
 * limits, and passes on what comes over them.
 */
export class Front {
  readonly #limits: Readonly<HttpLimits>;
  readonly #behind: Behind;
  readonly #listener: Listener;
  readonly #open = new Map<HttpConnection, Promise<void>>();
  /** Of those, and of what the system keeps of closed ones. */
  readonly #counts = new ConnectionCounts();
  #certificate: Certificate | null;
  #watch: number | undefined;
  readonly #turnedAway = new Tally(
    TELL_EVERY,
    (count) =>
      log.connection.warn("{count} turned away that came for HTTP: {open} are connected", {
        count,
        open: this.connections,
      }),
  );

  /** @param limits As they are now; they may change. */
  constructor(
    host: string,
    port: number,
    certificate: Certificate | null,
    limits: Readonly<HttpLimits>,
    behind: Behind,
  ) {
    this.#certificate = certificate;
    this.#limits = limits;
    this.#behind = behind;
    this.#listener = new Listener(host, port, behind.onShortage);
  }

  /** Where it listens; null where it doesn't. */
  get address(): Deno.NetAddr | null {
    return this.#listener.server?.addr ?? null;
  }

  /** Connections that are held. */
  get connections(): number {
    return this.#counts.all;
  }

  /** Whether connections are TLS. */
  get secure(): boolean {
    return this.#certificate !== null;
  }

  /** Proves itself with another certificate from the next connection on. */
  renew(certificate: Certificate): void {
    this.#certificate = certificate;
  }

  /** @return where it listens. @throws {ListenError} when the address can't be had */
  listen(): Deno.NetAddr {
    const address = this.#listener.listen(this.#limits.httpConnections);
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY);
    this.#accept();
    return address;
  }

  /** Takes no more connections, and closes those that nothing goes on over; others may go on so many milliseconds. */
  async close(milliseconds: number): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open.keys()) connection.stop();
    await within(milliseconds, Promise.all(this.#open.values()));
    for (const connection of this.#open.keys()) connection.close();
    clearInterval(this.#watch);
    this.#turnedAway.close();
  }

  async #accept(): Promise<void> {
    for (let conn; (conn = await this.#listener.accept()) !== null;) {
      const client = networkOf(conn.remoteAddr.hostname);
      const { httpConnections, httpClientConnections } = this.#limits;
      if (this.#counts.all >= httpConnections) this.#turnAway(conn, "connections");
      else if (this.#counts.of(client) >= httpClientConnections) this.#turnAway(conn, "client");
      else this.#take(conn, client);
    }
  }

  #take(conn: Deno.TcpConn, client: string): void {
    const peer = placeOf(conn.remoteAddr);
    log.connection.debug("{peer} opened for HTTP", { peer });
    this.#counts.add(client);
    try {
      conn.setNoDelay(true);
    } catch {
      // The client has gone already; reading will say so.
    }
    const socket = this.#certificate === null ? conn : new TlsSocket(conn, this.#certificate);
    const connection: HttpConnection = new HttpConnection(socket, {
      limits: this.#limits,
      line: `${ADDRESS_HEADER}: ${conn.remoteAddr.hostname}\r\n`,
      connect: this.#behind.connect,
      onLate: (phase) => {
        if (phase !== "ending") this.#behind.onClosing(phase);
      },
      onClosed: (released) => {
        this.#open.delete(connection);
        log.connection.debug("{peer} closed", { peer });
        released.then(() => this.#counts.remove(client));
      },
    });
    this.#open.set(connection, connection.serve());
  }

  /** TLS would take a handshake before anything could be said. */
  async #turnAway(conn: Deno.TcpConn, why: Closing): Promise<void> {
    this.#behind.onClosing(why);
    this.#turnedAway.add();
    try {
      if (!this.secure) await writeAll(conn, shortReply(503, "Service Unavailable"));
    } catch {
      // The client has gone first.
    }
    conn.close();
  }

  #look(): void {
    const now = performance.now();
    for (const connection of this.#open.keys()) connection.checkTime(now);
  }
}
