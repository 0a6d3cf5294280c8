import { isLoopback } from "./access/ranges.ts";
import { SettingsError } from "./errors.ts";
import { Handler } from "./handler.ts";
import { removeLeftovers } from "./leftovers.ts";
import { Manager } from "./manager.ts";
import { Math as MathPart } from "./math.ts";
import { Hosts } from "./remote/hosts.ts";
import { Roots } from "./roots.ts";
import { Service } from "./service.ts";
import type { Settings } from "./settings.ts";
import { TCP } from "./tcp.ts";

/** The whole service: its parts put together, started and stopped. */
export class Server {
  readonly #tcp: TCP;
  readonly #math: MathPart;
  readonly #service: Service;
  readonly #handler: Handler;
  readonly #roots: Roots;
  readonly #stopping = new AbortController();
  #served: Promise<void> = Promise.resolve();
  #cleared: Promise<void> = Promise.resolve();

  /**
   * @throws {SettingsError} when other machines could ask without a token, and nobody said they may
   * @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder, `BAD_REQUEST` when a
   * host is none
   */
  constructor(settings: Settings) {
    refuseOpenDoor(settings);
    const { host, port, roots, hosts, workers, token, allow, tls, limits } = settings;
    this.#tcp = new TCP(host, port, limits, { allow, tls });
    this.#roots = new Roots(roots);
    this.#math = new MathPart({
      roots: this.#roots,
      hosts: new Hosts(hosts),
      workers,
      jobs: limits.jobs,
      queue: limits.queue,
      timeoutSeconds: limits.jobSeconds,
      silenceSeconds: limits.silenceSeconds,
      limits,
    });
    this.#service = new Service({
      math: this.#math,
      connections: () => this.#tcp.connections,
      workers,
    });
    this.#handler = new Handler(
      this.#tcp,
      new Manager(this.#service, this.#math, limits.replyBytes),
      token,
    );
  }

  /**
   * Listens and serves, in the background, until {@linkcode Server.stop}, and meanwhile removes what
   * an earlier run left behind when it was killed.
   *
   * @return the address it listens on
   * @throws {ListenError} when the address can't be had
   */
  start(): Deno.NetAddr {
    const address = this.#tcp.listen();
    this.#served = this.#tcp.serve((connection) => this.#handler.handle(connection));
    this.#math.warm();
    this.#service.start();
    this.#cleared = this.#clear();
    return address;
  }

  /** Takes no more clients, lets replies under way be finished for some seconds, and ends everything. */
  async stop(graceSeconds = 10): Promise<void> {
    this.#stopping.abort();
    await this.#tcp.close(graceSeconds);
    await this.#math.close();
    await this.#service.close();
    await this.#served;
    await this.#cleared;
  }

  async #clear(): Promise<void> {
    try {
      const removed = await removeLeftovers(this.#roots.directories, this.#stopping.signal);
      if (removed > 0) console.error(`removed ${removed} partial results of an earlier run`);
    } catch (thrown) {
      console.error("what an earlier run left could not be removed:", thrown);
    }
  }
}

function refuseOpenDoor({ host, token, insecure }: Settings): void {
  if (token !== null || insecure || isLoopback(host)) return;
  throw new SettingsError(
    `without a token the service listens on this machine only, not on ${host}: give --token-file FILE, ` +
      "or leave --host out, or let everybody who can reach it run formulas with --insecure",
  );
}
