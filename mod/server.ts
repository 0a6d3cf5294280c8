import { ServiceError } from "./errors.ts";
import { Handler } from "./handler.ts";
import { Jobs } from "./jobs/jobs.ts";
import { JobStore } from "./jobs/store.ts";
import { Manager } from "./manager.ts";
import { Math as MathPart } from "./math.ts";
import type { Health } from "./notify.ts";
import { Hosts } from "./remote/hosts.ts";
import { Roots } from "./roots.ts";
import { Service } from "./service.ts";
import { LIMIT_NAMES, SETTING_NAMES, type Settings } from "./settings.ts";
import { TCP } from "./tcp.ts";

/** How long the replies of jobs that were ended by a stop may take, in seconds. */
export const SENDING_SECONDS = 2;

/** The whole service: its parts put together, started and stopped. */
export class Server {
  readonly #tcp: TCP;
  readonly #math: MathPart;
  readonly #jobs: Jobs;
  readonly #service: Service;
  readonly #handler: Handler;
  readonly #settings: Settings;
  #served: Promise<void> = Promise.resolve();

  /**
   * @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder, `BAD_REQUEST` when a host is none,
   * `FORBIDDEN_PATH` when the state lies under a root
   * @throws {StateError} when the folder of the state can't be used
   */
  constructor(settings: Settings) {
    const { host, port, roots, hosts, workers, state, limits } = settings;
    this.#settings = settings;
    const folders = new Roots(roots);
    if (state !== null && folders.contains(state)) {
      throw new ServiceError(
        "FORBIDDEN_PATH",
        `the state ${state} lies under a root, where formulas may read it: choose another folder`,
      );
    }
    this.#tcp = new TCP(host, port, limits);
    this.#math = new MathPart({
      roots: folders,
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
      new Manager(this.#service, this.#jobs, limits),
    );
  }

  /** How its jobs are. */
  get health(): Health {
    const { running, queued } = this.#jobs.counters;
    return { running, queued, healthy: !this.#jobs.stuck && !this.#math.stuck };
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
   * Takes other limits on, from now on.
   *
   * @return names of the settings that differ and take a restart
   */
  apply(settings: Settings): string[] {
    const { limits } = this.#settings;
    const { silenceSeconds } = limits;
    Object.assign(limits, { ...settings.limits, silenceSeconds });
    Object.assign(this.#tcp.limits, limits);
    this.#settings.logLevel = settings.logLevel;
    this.#math.timeoutSeconds = limits.jobSeconds;
    this.#jobs.fill();
    return [
      ...differing(SETTING_NAMES, this.#settings, settings),
      ...differing(LIMIT_NAMES, limits, settings.limits),
    ];
  }

  /**
   * Takes no more clients, lets jobs and replies under way be finished for some seconds, and ends everything.
   * Jobs that outlive the service are kept to run again.
   */
  async stop(graceSeconds: number = this.#settings.limits.stopSeconds): Promise<void> {
    const replies = this.#tcp.close(graceSeconds + SENDING_SECONDS);
    await this.#jobs.stop(graceSeconds);
    await replies;
    await this.#math.close();
    this.#jobs.close();
    await this.#service.close();
    await this.#served;
  }
}

/** Names of the settings that two have different values for. */
function differing<T>(names: Readonly<Record<string, keyof T>>, one: T, other: T): string[] {
  const text = (settings: T, key: keyof T) => JSON.stringify(settings[key]);
  return Object.keys(names).filter((name) => text(one, names[name]!) !== text(other, names[name]!));
}
