import { connect, type Socket } from "node:net";

/** A connection over which a test says what it likes, from the address of this machine that it likes. */
export class RawClient implements Disposable {
  readonly #socket: Socket;
  /** What has come so far. */
  text = "";
  /** The other side has ended or reset it. */
  ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const end = () => void (this.ended = true);
    socket.on("data", (bytes) => this.text += bytes.toString());
    // A reset is told as an error; it is an end like others.
    for (const event of ["end", "close", "error"]) socket.on(event, end);
  }

  /**
   * Connects to a server of this machine.
   *
   * @param from The client's address: any of 127.0.0.0/8. The system takes long to find ports for many that name one.
   * @throws Error when nobody listens.
   */
  static async open(page: URL, from?: string): Promise<RawClient> {
    const socket = connect({
      host: page.hostname,
      port: Number(page.port),
      ...(from === undefined ? {} : { localAddress: from }),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  /** Writes; what the other side doesn't want any more is lost. */
  write(text: string | Uint8Array): void {
    this.#socket.write(text);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
