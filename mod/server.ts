import type { Certificate } from "./access/certificate.ts";
import { NamedTokens } from "./access/named_tokens.ts";
import type { Authenticator } from "./access/principal.ts";
import { isLoopback } from "./access/ranges.ts";
import { readTokenFile } from "./access/token.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { ServiceError, SettingsError } from "./common/errors.ts";
import { Handler } from "./handler.ts";
import type { HttpServer } from "./http/http_server.ts";
import { Jobs } from "./jobs/jobs.ts";
import { JobStore } from "./jobs/store.ts";
import { removeLeftovers } from "./system/leftovers.ts";
import { log, reportFault } from "./common/log.ts";
import { Manager } from "./manager.ts";
import { Math as MathPart, type MathOptions } from "./math.ts";
import type { Health } from "./system/notify.ts";
import { Hosts } from "./remote/hosts.ts";
import { Roots } from "./system/roots.ts";
import { Service } from "./service.ts";
import { takeOver } from "./settings/reload.ts";
import type { Settings } from "./settings/settings.ts";
import { TCP } from "./tcp.ts";

/** How long the replies of jobs that were ended by a stop may take, in seconds. */
export const SENDING_SECONDS = 2;

/**
 * The whole service: its parts, put together, started and stopped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Client, defaultSettings, Server } from "./mod.ts";
 *
 * const roots = [await Deno.makeTempDir()];
 * const server = new Server({ ...defaultSettings(), port: 0, roots });
 * const { hostname, port } = server.start();
 * const client = await Client.connect({ hostname, port });
 * assertEquals((await client.info("Status")).text, "Status: Ready");
 * client.close();
 * await server.stop();
 * ```
 */
export class Server {
  readonly #tcp: TCP;
  readonly #math: MathPart;
  readonly #jobs: Jobs;
  readonly #service: Service;
  readonly #handler: Handler;
  readonly #roots: Roots;
  readonly #stopping = new AbortController();
  readonly #settings: Settings;
  readonly #http: HttpServer | null;
  #cluster: Cluster | null = null;
  #served: Promise<void> = Promise.resolve();
  #cleared: Promise<void> = Promise.resolve();

  /**
   * @param HttpServerType What serves `settings.http`; it is loaded only where it is needed.
   * @param ClusterPart What runs jobs on `settings.cluster`; it, too.
   * @throws {SettingsError} when other machines could ask without a token, and nobody said they may; when
   * a client's roots don't lie under those of the service
   * @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder, `BAD_REQUEST` when a
   * host is none, `FORBIDDEN_PATH` when the state lies under a root
   * @throws {StateError} when the folder of the state can't be used
   */
  constructor(
    settings: Settings,
    HttpServerType: typeof HttpServer | null = null,
    ClusterPart: typeof Cluster | null = null,
  ) {
    refuseOpenDoor(settings);
    const { host, port, roots, hosts, workers, codec, state, allow, tls, limits } = settings;
    this.#settings = settings;
    this.#roots = new Roots(roots);
    if (state !== null && this.#roots.contains(state)) {
      throw new ServiceError(
        "FORBIDDEN_PATH",
        `the state ${state} lies under a root, where formulas may read it: choose another folder`,
      );
    }
    const authenticator = authenticatorOf(settings, this.#roots);
    this.#tcp = new TCP(host, port, limits, { allow, tls });
    this.#math = new MathPart({
      roots: this.#roots,
      hosts: new Hosts(hosts),
      workers,
      codec,
      spare: limits.jobs,
      limits,
      runner: this.#runner(ClusterPart),
    });
    this.#jobs = new Jobs(this.#math, new JobStore(state), limits);
    this.#service = new Service({
      jobs: this.#jobs,
      math: this.#math,
      connections: () => this.#tcp.connections,
      workers,
      cluster: this.#cluster,
    });
    const manager = new Manager(this.#service, this.#jobs, limits);
    this.#handler = new Handler(this.#tcp, manager, authenticator);
    const tokens = authenticator instanceof NamedTokens ? authenticator : null;
    this.#http = settings.http === null
      ? null
      : this.#openHttp(settings.http, HttpServerType, tokens, manager);
  }

  /** What jobs run on, where that isn't this machine. */
  #runner(ClusterPart: typeof Cluster | null): MathOptions["runner"] {
    const { cluster: url, clusterCa, clusterSecret, clusterWait: waits, limits } = this.#settings;
    if (url === null) return undefined;
    if (ClusterPart === null) throw new TypeError("the setting cluster takes a Cluster");
    const { directories: roots } = this.#roots;
    const ca = clusterCa === null ? null : readCa(clusterCa);
    const secret = clusterSecret === null ? null : readTokenFile(clusterSecret, "secret");
    const options = { url, ca, secret, roots, waits, most: limits.taskPartitions };
    return (engines) => this.#cluster = new ClusterPart(options, engines);
  }

  #openHttp(
    address: string,
    HttpServerType: typeof HttpServer | null,
    tokens: NamedTokens | null,
    manager: Manager,
  ): HttpServer {
    if (HttpServerType === null) throw new TypeError("the setting http takes an HttpServer");
    const { httpTokenFile: tokenFile, insecure, tls, limits } = this.#settings;
    const http = new HttpServerType(address, { tokenFile, tokens, insecure, tls }, {
      service: this.#service,
      ready: () => this.#whyNotReady(),
      place: () => {
        const { hostname, port } = this.#tcp.server?.addr ?? {};
        if (hostname === undefined || port === undefined) return null;
        const { tls, token, tokens } = this.#settings;
        return { hostname, port, tls: tls !== null, token: token !== null || tokens !== null };
      },
      roots: this.#roots.directories,
      engines: () => this.#math.engineCounters,
      traffic: this.#tcp.traffic,
      limits,
      jobs: this.#jobs,
      math: this.#math,
    });
    manager.onAnswer = (header, seconds) => http.metrics.request(header, seconds);
    return http;
  }

  /** Where the page is; null where there is none. */
  get page(): string | null {
    return this.#http?.url ?? null;
  }

  #whyNotReady(): string | null {
    if (this.#stopping.signal.aborted) return "the service is being stopped";
    if (this.#tcp.server === null) return "the service doesn't listen yet";
    if (!this.#math.able) return "no engine could be started yet";
    if (this.#jobs.problem !== null) return this.#jobs.problem;
    if (this.#cluster && this.#cluster.problem !== null) return this.#cluster.problem;
    const { queued } = this.#jobs.counters;
    return queued >= globalThis.Math.max(1, this.#settings.limits.queue)
      ? "the queue is full"
      : null;
  }

  /** How its jobs are. */
  get health(): Health {
    const { running, queued } = this.#jobs.counters;
    return { running, queued, healthy: !this.#jobs.stuck && !this.#math.stuck };
  }

  /**
   * Listens and serves, in the background, until {@linkcode Server.stop}, and meanwhile removes what
   * an earlier run left behind when it was killed.
   *
   * @return the address it listens on
   * @throws {ListenError} when the address can't be had
   */
  start(): Deno.NetAddr {
    this.#http?.start();
    const address = this.#tcp.listen();
    this.#served = this.#tcp.serve((connection) => this.#handler.handle(connection));
    this.#math.warm();
    this.#jobs.start();
    this.#service.start();
    this.#cleared = this.#clear();
    return address;
  }

  /**
   * Takes other limits, and what else may change while it runs, on from now on.
   *
   * @return names of the settings that differ and take a restart
   * @throws {SettingsError} when a client's roots don't lie under those of the service; nothing has changed then
   */
  apply(settings: Settings): string[] {
    const authenticator = authenticatorOf(settings, this.#roots);
    const waiting = takeOver(this.#settings, settings);
    const { token, tokens, tls, codec, limits } = this.#settings;
    Object.assign(this.#tcp.limits, limits);
    this.#math.codec = codec;
    this.#jobs.fill();
    if (token === settings.token && tokens === settings.tokens) this.#admit(authenticator);
    if (tls !== null && tls === settings.tls) this.#renew(tls);
    return waiting;
  }

  #admit(authenticator: Authenticator | null): void {
    this.#handler.authenticator = authenticator;
    if (authenticator instanceof NamedTokens) this.#http?.admit(authenticator);
  }

  #renew(certificate: Certificate): void {
    this.#tcp.renew(certificate);
    this.#http?.renew(certificate);
  }

  /**
   * Takes no more clients, lets jobs and replies under way be finished for some seconds, and ends everything.
   * Jobs that outlive the service are kept to run again.
   */
  async stop(graceSeconds: number = this.#settings.limits.stopSeconds): Promise<void> {
    this.#stopping.abort();
    const replies = this.#tcp.close(graceSeconds + SENDING_SECONDS);
    await this.#jobs.stop(graceSeconds);
    await replies;
    const looks = this.#http?.stop();
    await this.#math.close();
    await looks;
    this.#jobs.close();
    await this.#service.close();
    await this.#served;
    await this.#cleared;
  }

  async #clear(): Promise<void> {
    try {
      const cluster = this.#cluster;
      const removed = await removeLeftovers(
        this.#roots.directories,
        this.#stopping.signal,
        cluster && ((job) => cluster.wanted(job)),
      );
      if (removed > 0) {
        log.service.warn("removed {removed} partial results of an earlier run", { removed });
      }
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return;
      reportFault("what an earlier run left could not be removed", thrown);
    }
  }
}

/** @throws {SettingsError} */
export function readCa(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(`the file ${path} of cluster-ca can't be read: ${reason}`);
  }
}

/** What knows the tokens of requests; null where none is needed. @throws {SettingsError} */
function authenticatorOf({ token, tokens }: Settings, roots: Roots): Authenticator | null {
  return tokens?.under(roots) ?? token;
}

function refuseOpenDoor({ host, token, tokens, insecure }: Settings): void {
  if (token !== null || tokens !== null || insecure || isLoopback(host)) return;
  throw new SettingsError(
    `without a token the service listens on this machine only, not on ${host}: give --token-file FILE, ` +
      "or leave --host out, or let everybody who can reach it run formulas with --insecure",
  );
}
