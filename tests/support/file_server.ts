/** An HTTP server of files, whose behaviour each test chooses. */

/** One request that was answered. */
export interface Served {
  path: string;
  range: string | null;
  bytes: number;
}

/** The version of a file by the time of its last change. */
const changedAt = (path: string) => `"${Deno.statSync(path).mtime}"`;

type Answer = (request: Request, path: string) => Response | undefined | Promise<undefined>;

export class FileServer implements AsyncDisposable {
  /** What was asked for, in order. */
  readonly served: Served[] = [];
  /** Answers in place of the file, where it gives a response. */
  instead: Answer = () => undefined;
  /** Names the version of a file; absent for none. */
  etag: ((path: string) => string) | undefined = changedAt;
  #folder: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(folder: string, tls?: Deno.TlsCertifiedKeyPem) {
    this.#folder = folder;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    const handler = (request: Request) => this.#answer(request);
    this.#server = tls ? Deno.serve({ ...options, ...tls }, handler) : Deno.serve(options, handler);
  }

  /** Serves another folder, as if it had just been started. */
  serveAnew(folder: string): void {
    this.#folder = folder;
    this.served.length = 0;
    this.instead = () => undefined;
    this.etag = changedAt;
  }

  /** `HOST:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Address of one of its files. */
  url(name: string): string {
    return `http://${this.host}/${name}`;
  }

  get bytes(): number {
    return this.served.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const path = `${this.#folder}/${name}`;
    const range = request.headers.get("Range");
    const response = await this.instead(request, path) ?? this.#file(path, range);
    const bytes = Number(response.headers.get("Content-Length") ?? 0);
    this.served.push({ path: name, range, bytes });
    return response;
  }

  #file(path: string, range: string | null): Response {
    let whole: Uint8Array<ArrayBuffer>;
    try {
      whole = Deno.readFileSync(path);
    } catch {
      return new Response("not here", { status: 404 });
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const from = Number(first ?? 0), to = Math.min(whole.length, Number(last ?? Infinity) + 1);
    const headers = new Headers(this.etag ? { ETag: this.etag(path) } : {});
    if (from >= whole.length) {
      headers.set("Content-Range", `bytes */${whole.length}`);
      return new Response(null, { status: 416, headers });
    }
    headers.set("Content-Length", String(to - from));
    if (first !== undefined) {
      headers.set("Content-Range", `bytes ${from}-${to - 1}/${whole.length}`);
    }
    const status = first === undefined ? 200 : 206;
    return new Response(whole.subarray(from, to), { status, headers });
  }
}
