import type { Certificate } from "../access/certificate.ts";
import type { Socket } from "./connection.ts";
import { relay, RELAYED_BYTES } from "./relay.ts";

/** The two ends of a connection within this machine; what is written into one comes out of the other. */
interface Passage {
  /** Speaks TLS. */
  tls: Deno.TlsConn;
  /** Takes and gives the bytes as they cross the network. */
  wire: Deno.TcpConn;
  /** Resolves when the network has taken everything up to the end of what was sent. */
  sent: Promise<void>;
}

/**
 * The server's side of a TLS connection.
 *
 * A `Deno.TlsConn` holds on to its socket, closed or not, until the client has finished the handshake or
 * gone: clients that do neither would use up the descriptors. So the client's socket stays ours, and its
 * bytes are relayed to a `Deno.TlsConn` over a connection that we can cut.
 */
export class TlsSocket implements Socket {
  readonly #client: Deno.TcpConn;
  readonly #passage: Promise<Passage>;
  #closed = false;

  constructor(client: Deno.TcpConn, certificate: Certificate) {
    this.#client = client;
    this.#passage = this.#open(certificate);
    // Whoever reads or writes next is told.
    this.#passage.catch(() => this.close());
  }

  get remoteAddr(): Deno.NetAddr {
    return this.#client.remoteAddr;
  }

  setNoDelay(noDelay: boolean): void {
    this.#client.setNoDelay(noDelay);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const { tls, sent } = await this.#passage;
    try {
      return await tls.read(buffer);
    } catch (error) {
      // A client whose handshake fails is told by TLS itself.
      close(tls);
      await sent;
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await (await this.#passage).tls.write(bytes);
  }

  async closeWrite(): Promise<void> {
    const { tls, sent } = await this.#passage;
    await tls.closeWrite();
    await sent;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#passage.then(cut, () => {}); // there is nothing to cut then
  }

  async #open(certificate: Certificate): Promise<Passage> {
    const { tls, wire } = await connectWithin(certificate);
    const sent = relay(wire, this.#client);
    for (const way of [sent, relay(this.#client, wire)]) way.catch(() => this.close());
    return { tls, wire, sent };
  }
}

/** A connection from this process to itself, one end of which speaks TLS. */
async function connectWithin(certificate: Certificate) {
  const hostname = "127.0.0.1";
  using listener = Deno.listenTls({ hostname, port: 0, ...certificate });
  const wire = await Deno.connect({ hostname, port: listener.addr.port });
  try {
    wire.setNoDelay(true);
    while (true) {
      const tls = await listener.accept();
      if (tls.remoteAddr.port === wire.localAddr.port) return { tls, wire };
      // Another process of this machine was there in between.
      tls.close();
    }
  } catch (error) {
    wire.close();
    throw error;
  }
}

/**
 * Closes a passage. Its TLS end lets go of its socket only when what it was told to write is taken, and
 * its handshake has ended: by the end of its input, if by nothing else.
 */
async function cut({ tls, wire }: Passage): Promise<void> {
  close(tls);
  const buffer = new Uint8Array(RELAYED_BYTES);
  const taking = (async () => {
    while (await wire.read(buffer) !== null);
  })();
  // Each may fail because one end has reset the other.
  await Promise.allSettled([wire.closeWrite(), taking]);
  close(wire);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
