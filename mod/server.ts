import { Handler } from "./handler.ts";
import { Jobs } from "./jobs/jobs.ts";
import { JobStore } from "./jobs/store.ts";
import { Manager } from "./manager.ts";
import { Math as MathPart } from "./math.ts";
import { Hosts } from "./remote/hosts.ts";
import { Roots } from "./roots.ts";
import { Service } from "./service.ts";
import type { Limits, Settings } from "./settings.ts";
import { TCP } from "./tcp.ts";

/** How long the replies of jobs that were ended by a stop may take, in seconds. */
const SENDING_SECONDS = 2;

/** The whole service: its parts put together, started and stopped. */
export class Server {
  readonly #tcp: TCP;
  readonly #math: MathPart;
  readonly #jobs: Jobs;
  readonly #service: Service;
  readonly #handler: Handler;
  readonly #limits: Limits;
  #served: Promise<void> = Promise.resolve();

  /**
   * @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder, `BAD_REQUEST` when a host is none
   * @throws {StateError} when the folder of the state can't be used
   */
  constructor({ host, port, roots, hosts, workers, state, limits }: Settings) {
    this.#limits = limits;
    this.#tcp = new TCP(host, port, limits);
    this.#math = new MathPart({
      roots: new Roots(roots),
      hosts: new Hosts(hosts),
      workers,
      spare: limits.jobs,
      timeoutSeconds: limits.jobSeconds,
      silenceSeconds: limits.silenceSeconds,
      limits,
    });
    this.#jobs = new Jobs(this.#math, new JobStore(state), limits);
    this.#service = new Service({
      jobs: this.#jobs,
      math: this.#math,
      connections: () => this.#tcp.connections,
      workers,
    });
    this.#handler = new Handler(
      this.#tcp,
      new Manager(this.#service, this.#jobs, limits.replyBytes),
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
    this.#jobs.start();
    this.#service.start();
    return address;
  }

  /**
   * Takes no more clients, lets jobs and replies under way be finished for some seconds, and ends everything.
   * Jobs that outlive the service are kept to run again.
   */
  async stop(graceSeconds: number = this.#limits.stopSeconds): Promise<void> {
    const replies = this.#tcp.close(graceSeconds + SENDING_SECONDS);
    await this.#jobs.stop(graceSeconds);
    await replies;
    await this.#math.close();
    this.#jobs.close();
    await this.#service.close();
    await this.#served;
  }
}
