/** A client's side of a connection: sends requests, reads replies line by line. */
export class ReplyLine {
  readonly #connection: Deno.Conn;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(64 * 1024);
  /** What came behind the last whole line, in the pieces it came in. */
  #pieces: string[] = [];

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Sends all of the bytes; a service that has heard enough may stop listening before: its reply says why. */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#connection.write(bytes.subarray(sent));
      }
    } catch {
      // The reply, or its absence, is what matters.
    }
  }

  /** Says that no more requests will come. */
  async end(): Promise<void> {
    try {
      await (this.#connection as Deno.TcpConn).closeWrite();
    } catch {
      // The other side has gone already.
    }
  }

  /** The next line without its end, what came after the last one, or null when there is no more. */
  async next(): Promise<string | null> {
    for (;;) {
      const last = this.#pieces.at(-1) ?? "";
      const end = last.indexOf("\n");
      if (end >= 0) {
        const line = this.#pieces.slice(0, -1).join("") + last.slice(0, end);
        this.#pieces = end + 1 < last.length ? [last.slice(end + 1)] : [];
        return line;
      }
      const length = await this.#read();
      if (length === null) {
        const rest = this.#pieces.join("");
        this.#pieces = [];
        return rest === "" ? null : rest;
      }
      this.#pieces.push(this.#decoder.decode(this.#buffer.subarray(0, length), { stream: true }));
    }
  }

  close(): void {
    try {
      this.#connection.close();
    } catch {
      // It has closed itself.
    }
  }

  async #read(): Promise<number | null> {
    try {
      return await this.#connection.read(this.#buffer);
    } catch {
      return null; // reset: what came until then is all there is
    }
  }
}
