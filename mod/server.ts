import { isLoopback } from "./access/ranges.ts";
import { SettingsError } from "./errors.ts";
import { Handler } from "./handler.ts";
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
  #served: Promise<void> = Promise.resolve();

  /**
   * @throws {SettingsError} when other machines could ask without a token, and nobody said they may
   * @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder, `BAD_REQUEST` when a
   * host is none
   */
  constructor(settings: Settings) {
    refuseOpenDoor(settings);
    const { host, port, roots, hosts, workers, token, allow, tls, limits } = settings;
    this.#tcp = new TCP(host, port, limits, { allow, tls });
    this.#math = new MathPart({
      roots: new Roots(roots),
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
   * Listens and serves, in the background, until {@linkcode Server.stop}.
   *
   * @return the address it listens on
   * @throws {ListenError} when the address can't be had
   */
  start(): Deno.NetAddr {
    const address = this.#tcp.listen();
    this.#served = this.#tcp.serve((connection) => this.#handler.handle(connection));
    this.#math.warm();
    this.#service.start();
    return address;
  }

  /** Takes no more clients, lets replies under way be finished for some seconds, and ends everything. */
  async stop(graceSeconds = 10): Promise<void> {
    await this.#tcp.close(graceSeconds);
    await this.#math.close();
    await this.#service.close();
    await this.#served;
  }
}

function refuseOpenDoor({ host, token, insecure }: Settings): void {
  if (token !== null || insecure || isLoopback(host)) return;
  throw new SettingsError(
    `without a token the service listens on this machine only, not on ${host}: give --token-file FILE, ` +
      "or leave --host out, or let everybody who can reach it run formulas with --insecure",
  );
}
