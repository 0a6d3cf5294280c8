import { abortable } from "@std/async/abortable";
import { log } from "../common/log.ts";
import { Redis } from "./bull.ts";

/** Where a cluster's Redis is. */
export interface ClusterAddress {
  /** `redis://` or `rediss://` with user, password, host, port and number of the database as it takes. */
  url: string;
  /** Certificate, in PEM, that Redis is checked by; null for those that the machine knows. */
  ca: string | null;
  /** What plans and results are sealed with; null where they are not. */
  secret: string | null;
}

/** BullMQ's scripts need this version of Redis; Valkey has all they need. */
const LEAST_VERSION = [6, 2];
/** The longest wait before the next try to connect, in milliseconds. */
const LONGEST_PAUSE = 2000;
/** Redis is told to answer, or to say that nothing has come, well within this time, in milliseconds. */
const LONGEST_SILENCE = 30_000;
/** Who stops waits for a Redis that doesn't answer no longer than this, in milliseconds. */
export const LAST_WORDS = 2000;

/** A connection to Redis that is made again whenever it is lost. */
export class ClusterConnection {
  readonly redis: Redis;
  /** `HOST:PORT`, for messages. */
  readonly where: string;
  #problem: string | null;
  #change = Promise.withResolvers<void>();
  /** Settles when it is known for the first time how things are. */
  readonly known: Promise<void> = this.#change.promise;
  #closed = false;

  constructor({ url, ca }: Pick<ClusterAddress, "url" | "ca">) {
    const { protocol, hostname, port } = new URL(url);
    this.where = `${hostname}:${port || 6379}`;
    this.#problem = `Redis at ${this.where} can't be reached yet`;
    this.redis = new Redis(url, {
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(times * 100, LONGEST_PAUSE),
      connectTimeout: 5000,
      socketTimeout: LONGEST_SILENCE,
      keepAlive: 10_000,
      ...(protocol === "rediss:" ? { tls: { servername: hostname, ...(ca ? { ca } : {}) } } : {}),
    });
    let reason = "";
    this.redis.on("error", (error: Error) => {
      reason = error.message;
      if (/NOAUTH|WRONGPASS|NOPERM/.test(reason)) this.#set(this.#refused(reason));
    });
    this.redis.on("close", async () => {
      if (this.#closed || /NOAUTH|WRONGPASS|NOPERM/.test(reason)) return;
      if (protocol === "rediss:") {
        reason = await faultOf(hostname, Number(port || 6379), ca) ?? reason;
      }
      this.#set(`Redis at ${this.where} can't be reached${reason && ` (${reason})`}`);
    });
    this.redis.on("ready", () => {
      reason = "";
      this.#look().catch((thrown: Error) => this.#set(this.#refused(thrown.message)));
    });
  }

  /** Why nothing can be sent to the cluster now; null where it can. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Settles when there is no problem. @throws the reason of `ends` */
  async usable(ends: AbortSignal): Promise<void> {
    ends.throwIfAborted();
    while (this.#problem !== null) await abortable(this.#change.promise, ends);
  }

  /** Lets go of it; what waits for an answer fails. */
  close(): void {
    this.#closed = true;
    this.redis.disconnect();
  }

  #refused(reason: string): string {
    return `Redis at ${this.where} refuses the service: ${reason}`;
  }

  #set(problem: string | null): void {
    if (problem === this.#problem || this.#closed) return;
    this.#problem = problem;
    if (problem === null) log.service.info("the cluster is at {where}", { where: this.where });
    else log.service.warn("the cluster can't be used: {problem}", { problem });
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Who is there, and whether it keeps what it is told. */
  async #look(): Promise<void> {
    const info = await this.redis.info();
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim();
    const version = field("redis_version") ?? "";
    const valkey = field("valkey_version");
    if (valkey === undefined && !isRecent(version)) {
      const wanted = LEAST_VERSION.join(".");
      return this.#set(
        `Redis at ${this.where} is of version ${version}, and the cluster takes ${wanted} or later, or Valkey`,
      );
    }
    const policy = field("maxmemory_policy");
    if (policy !== undefined && policy !== "noeviction" && field("maxmemory") !== "0") {
      log.service.warn(
        "Redis at {where} drops keys when it is full ({policy}), and jobs with them: set maxmemory-policy noeviction",
        { where: this.where, policy },
      );
    }
    this.#set(null);
  }
}

/** What is wrong with a TLS connection, which the driver doesn't tell; null where nothing is. */
async function faultOf(hostname: string, port: number, ca: string | null): Promise<string | null> {
  try {
    using connection = await Deno.connectTls({ hostname, port, caCerts: ca === null ? [] : [ca] });
    await connection.handshake();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [least, then] = LEAST_VERSION as [number, number];
  return major > least || (major === least && minor >= then);
}
