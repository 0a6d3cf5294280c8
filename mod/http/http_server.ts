import type { Certificate } from "../access/certificate.ts";
import type { NamedTokens } from "../access/named_tokens.ts";
import { isLoopback } from "../access/ranges.ts";
import { SettingsError } from "../common/errors.ts";
import { log, reportFault } from "../common/log.ts";
import { placeOf } from "../wire/listener.ts";
import { Api } from "./page/api.ts";
import { asset, pageReply } from "./page/assets.ts";
import { Front, TELL_EVERY } from "./connections/front.ts";
import { History, sampleOf } from "./metrics/history.ts";
import { ADDRESS_HEADER, InnerServer } from "./connections/inner_server.ts";
import { Live } from "./page/live.ts";
import { Metrics } from "./metrics/metrics.ts";
import { isCrossSite, isOwnHost } from "./page/origin.ts";
import { failure, reply, text } from "./page/reply.ts";
import { SignIn } from "./page/sign_in.ts";
import { Tally } from "./connections/tally.ts";
import type { Watched } from "./metrics/watched.ts";

/** Time between two samples of the history in milliseconds, and how many there are: an hour of them. */
const SAMPLE_EVERY = 10_000, SAMPLES = 360;
/** Pages that may follow what happens, and requests under way at once. */
const MOST_PAGES = 32, MOST_REQUESTS = 256;
/** Time that a client may take at the end of the service, in milliseconds. */
const ANSWER_WITHIN = 1000;

/** The address of requests behind the first of a connection. */
const UNKNOWN = "http";
/** Statuses of replies to those that are refused: their connections are not kept. */
const REFUSED: readonly number[] = [401, 403, 408, 421, 503];

/** The service over HTTP, for people and monitoring: the page, its requests, and figures. */
export class HttpServer {
  readonly metrics: Metrics;
  readonly #host: string;
  /** The one that is listened on, once it is. */
  #port = 0;
  readonly #front: Front;
  readonly #inner: InnerServer;
  readonly #signIn: SignIn;
  readonly #watched: Watched;
  readonly #history = new History(SAMPLES);
  readonly #live: Live;
  readonly #api: Api;
  /** Why the system could take on no connection, and how often that was. */
  #shortage = "";
  readonly #shortages = new Tally(
    TELL_EVERY,
    (count) =>
      log.service.warn(
        "http could take on no connection: {why} ({count} since this was told last)",
        {
          count,
          why: this.#shortage,
        },
      ),
  );
  #timer: number | undefined;
  /** Paths that anybody may read. */
  readonly #open = new Map<string, () => Response>([
    ["/healthz", () => text("ok")],
    ["/readyz", () => this.#readiness()],
  ]);
  /** Paths, beside those of the API, that who is let in may read. */
  readonly #own = new Map<string, (request: Request) => Response | Promise<Response>>([
    ["/", pageReply],
    ["/metrics", () => this.#figures()],
  ]);
  #requests = 0;

  /**
   * @param address `HOST:PORT`
   * @param entry.tokenFile Without one, and without clients' tokens, everybody is let in who reaches it.
   * @param entry.tokens Of clients that are told apart; in place of the file.
   * @param entry.insecure Other machines may reach it without a token, too.
   * @param entry.tls Connections are TLS and the page proves itself with this; null for plain ones.
   * @throws {SettingsError}
   */
  constructor(
    address: string,
    { tokenFile, tokens, insecure, tls }: {
      tokenFile: string | null;
      tokens: NamedTokens | null;
      insecure: boolean;
      tls: Certificate | null;
    },
    watched: Watched,
  ) {
    const at = address.lastIndexOf(":");
    this.#host = address.slice(0, at).replace(/^\[(.*)\]$/, "$1");
    const port = Number(address.slice(at + 1));
    const isOpen = tokenFile === null && tokens === null;
    if (isOpen && !insecure && !isLoopback(this.#host)) {
      throw new SettingsError(
        `without a token http listens on this machine only, not on ${this.#host}: ` +
          "give --http-token-file FILE, or an address such as 127.0.0.1:27701, or let everybody " +
          "who can reach it look and cancel jobs with --insecure",
      );
    }
    this.#signIn = new SignIn(tokens, tokenFile);
    this.#watched = watched;
    this.#live = new Live(watched, MOST_PAGES);
    this.#api = new Api(watched, this.#history, this.#live);
    this.metrics = new Metrics(watched, () => this.#front.connections);
    const onShortage = (why: string) => this.#short(why);
    this.#inner = new InnerServer((request) => this.#serve(request), onShortage);
    this.#front = new Front(this.#host, port, tls, watched.limits, {
      connect: () => this.#connect(),
      onShortage,
      onClosing: (why) => this.metrics.httpClosing(why),
    });
    watched.jobs.onEnd = (record) => this.metrics.job(record);
  }

  /** Takes other tokens of clients on; pages that follow what happens have to ask again. */
  admit(tokens: NamedTokens): void {
    this.#signIn.tokens = tokens;
    this.#live.close();
  }

  /** Where the page is; null while nothing is listened on. */
  get url(): string | null {
    const { address, secure } = this.#front;
    return address && `${secure ? "https" : "http"}://${placeOf(address)}/`;
  }

  /** @throws {ListenError} when the address can't be had */
  start(): void {
    this.#port = this.#front.listen().port;
    this.#inner.start().catch((thrown) => reportFault("the page can't be answered", thrown));
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY);
    Deno.unrefTimer(this.#timer);
  }

  /** Proves itself with another certificate from the next connection on. */
  renew(certificate: Certificate): void {
    this.#front.renew(certificate);
  }

  async #connect(): Promise<Deno.UnixConn> {
    try {
      return await this.#inner.connect();
    } catch (thrown) {
      this.#short(thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
  }

  /** The system can take on no connection, mostly for want of file descriptors. */
  #short(why: string): void {
    this.metrics.httpBreak();
    this.#shortage = why;
    this.#shortages.add();
  }

  /** Listens no more, and ends what goes on. Settles when all is answered, or after a time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#live.close();
    this.#api.close();
    await Promise.all([this.#inner.stop(ANSWER_WITHIN), this.#front.close(ANSWER_WITHIN)]);
    this.#shortages.close();
  }

  #sample(): void {
    this.#history.add(sampleOf(this.#watched.service.figures()));
  }

  async #serve(request: Request): Promise<Response> {
    if (this.#requests >= MOST_REQUESTS) {
      return text("too many requests at once", 503, { connection: "close" });
    }
    this.#requests++;
    let answer: Response;
    try {
      answer = this.#refuse(request) ?? await this.#answer(request);
    } catch (thrown) {
      answer = failure(thrown);
    }
    this.#requests--;
    if (REFUSED.includes(answer.status)) answer.headers.set("connection", "close");
    this.metrics.http(answer.status);
    return answer;
  }

  /** The reply to what no page of this server and no honest program sends; null to all else. */
  #refuse(request: Request): Response | null {
    if (!isOwnHost(request.headers.get("host"), this.#host)) {
      return text("this name is not one of this server: use its address", 421);
    }
    if (isCrossSite(request, this.#front.secure)) {
      return text("requests from other sites are refused", 403);
    }
    if (!["GET", "HEAD", "POST"].includes(request.method)) {
      return text("only GET, HEAD and POST are answered", 405, { allow: "GET, HEAD, POST" });
    }
    return null;
  }

  #readiness(): Response {
    const why = this.#watched.ready();
    return why === null ? text("ready") : text(why, 503);
  }

  async #figures(): Promise<Response> {
    return reply(await this.metrics.text(), this.metrics.contentType);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const reads = request.method !== "POST";
    const open = reads ? this.#open.get(url.pathname)?.() ?? asset(url.pathname) : null;
    if (open !== null) return open;
    const address = request.headers.get(ADDRESS_HEADER) ?? UNKNOWN;
    const way = { address, port: this.#port, secure: this.#front.secure };
    const principal = await this.#signIn.admit(request, url, way);
    if (principal instanceof Response) return principal;
    const own = reads ? this.#own.get(url.pathname) : undefined;
    if (own !== undefined) return await own(request);
    const answer = request.method === "HEAD"
      ? null
      : await this.#api.answer(request.method, url, { principal, address });
    return answer ?? text("there is nothing here", 404);
  }
}
