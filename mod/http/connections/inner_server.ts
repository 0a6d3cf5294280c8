import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { holdFolder, makePrivateFolder } from "../../engine/link/folder.ts";
import { within } from "../../common/within.ts";

/** Tells the client's address with the first request of a connection. Nobody else can know the name. */
export const ADDRESS_HEADER: string = `x-client-${crypto.randomUUID()}`;

/** What names of its folders start with. */
const PREFIX = "tcp_server_http_";

/** Answers HTTP on a unix socket in a folder that only this user may enter: this process alone connects to it. */
export class InnerServer {
  readonly #answer: (request: Request) => Promise<Response>;
  readonly #onShortage: (why: string) => void;
  #folder: Promise<string> | null = null;
  #hold: Disposable | null = null;
  /** The one that listens, and those before it that go on with their connections. */
  readonly #servers = new Set<Deno.HttpServer<Deno.UnixAddr>>();
  /** Of the one that listens. */
  #path = "";
  #sockets = 0;
  #stopped = false;

  /** @param onShortage Called when the system could take on no connection, so that it listens anew. */
  constructor(
    answer: (request: Request) => Promise<Response>,
    onShortage: (why: string) => void,
  ) {
    this.#answer = answer;
    this.#onShortage = onShortage;
  }

  /** Listens. @throws ServiceError `INTERNAL` when the folder can't be made */
  async start(): Promise<void> {
    this.#folder = this.#makeFolder();
    await this.#folder;
  }

  /** A connection to it. @throws where there is none to be had, mostly for want of file descriptors */
  async connect(): Promise<Deno.UnixConn> {
    const folder = await this.#folder;
    const path = this.#path;
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (thrown) {
      if (!isGivenUp(thrown) || folder === null || this.#stopped) throw thrown;
      this.#onShortage(thrown.message);
    }
    // Somebody else may have come first.
    if (path === this.#path) this.#listen(folder);
    return await Deno.connect({ transport: "unix", path: this.#path });
  }

  /** Listens no more; settles when all is answered, or after so many milliseconds. */
  async stop(milliseconds: number): Promise<void> {
    this.#stopped = true;
    // A socket that was given up has nothing to end.
    const ends = [...this.#servers].map((server) => server.shutdown().catch(() => {}));
    await within(milliseconds, Promise.all(ends));
    const folder = await this.#folder?.catch(() => null);
    this.#hold?.[Symbol.dispose]();
    if (folder) removeIfThere(folder);
  }

  async #makeFolder(): Promise<string> {
    const folder = await makePrivateFolder(PREFIX);
    this.#hold = holdFolder(folder);
    if (!this.#stopped) this.#listen(folder);
    return folder;
  }

  #listen(folder: string): void {
    const path = join(folder, `${this.#sockets++}`);
    const server = Deno.serve({ path, onListen: () => {} }, (request) => this.#answer(request));
    this.#path = path;
    this.#servers.add(server);
    // That it has given its socket up is told by whoever connects next: this settles with its last connection.
    const forget = () => void this.#servers.delete(server);
    server.finished.then(forget, forget);
  }
}

/** The runtime gives a socket up, and removes it, when the system can't take on a connection. */
function isGivenUp(thrown: unknown): thrown is Error {
  return thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.ConnectionRefused;
}
