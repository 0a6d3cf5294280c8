import { join } from "@std/path";
import { removeIfThere } from "../common/remove_if_there.ts";
import { makePrivateFolder } from "../engine/link/folder.ts";
import { log, reportFault } from "../common/log.ts";

/** The state of the service. */
export interface Health {
  /** Jobs that run. */
  running: number;
  /** Jobs that wait. */
  queued: number;
  /** Whether jobs run as they should. */
  healthy: boolean;
}

/** Longest time between two health checks, in milliseconds. */
const LOOK_EVERY = 1000;

/**
 * Tells systemd about the service, by datagrams to the socket that it names: sd_notify(3).
 *
 * @example
 * ```ts ignore
 * using notifier = await Notifier.find();
 * const server = new Server(settings);
 * server.start();
 * notifier?.ready(() => server.health);
 * ```
 */
export class Notifier implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #target: Deno.UnixAddr;
  /** Milliseconds after which systemd expects a sign of life; null if it expects none. */
  readonly #patience: number | null;
  #timer: number | undefined;
  #status = "";
  /** Messages that wait to be sent. */
  readonly #lines: string[] = [];
  #sending = false;
  #failing = false;

  private constructor(socket: Deno.DatagramConn, path: string, patience: number | null) {
    this.#socket = socket;
    this.#target = { transport: "unixpacket", path };
    this.#patience = patience;
  }

  /** The notifier that the environment asks for; null if it asks for none. */
  static async find(): Promise<Notifier | null> {
    const path = Deno.env.get("NOTIFY_SOCKET");
    if (!path) return null;
    if (!path.startsWith("/")) {
      log.service.warn("systemd can't be told: Deno has no way to the socket {path}", { path });
      return null;
    }
    const pid = Deno.env.get("WATCHDOG_PID");
    const watched = pid === undefined || Number(pid) === Deno.pid;
    const patience = watched ? Number(Deno.env.get("WATCHDOG_USEC") ?? 0) / 1000 : 0;
    // A socket that only sends needs no name; Deno wants one, so it has one for a moment.
    const folder = await makePrivateFolder("tcp_server_notify_");
    const own = { transport: "unixpacket", path: join(folder, "socket") } as const;
    const socket = Deno.listenDatagram(own);
    removeIfThere(folder);
    return new Notifier(socket, path, patience > 0 ? patience : null);
  }

  /**
   * Reports that the service is ready. From now on, it reports jobs, and gives
   * a sign of life while the event loop runs and the service is healthy.
   */
  ready(health: () => Health): void {
    this.#tell("READY=1", ...this.#signs(health()));
    const every = Math.min(LOOK_EVERY, (this.#patience ?? Infinity) / 3);
    this.#timer = setInterval(() => {
      if (!this.#sending) this.#tell(...this.#signs(health()));
    }, every);
  }

  /** Reports that the service is stopping, which may take some seconds. */
  stopping(seconds: number): void {
    clearInterval(this.#timer);
    const microseconds = Math.ceil(seconds * 1e6);
    this.#tell("STOPPING=1", "STATUS=stopping", `EXTEND_TIMEOUT_USEC=${microseconds}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #signs({ running, queued, healthy }: Health): string[] {
    const status = `STATUS=jobs: ${running} running, ${queued} queued${healthy ? "" : "; stuck"}`;
    const signs = status === this.#status ? [] : [status];
    this.#status = status;
    if (this.#patience !== null && healthy) signs.push("WATCHDOG=1");
    return signs;
  }

  /** Never waits. A message that can't be sent yet goes with the next one. */
  #tell(...lines: string[]): void {
    this.#lines.push(...lines);
    if (!this.#sending) this.#send();
  }

  /** Sends datagrams one after another: Deno's sockets accept one at a time. */
  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#lines.length > 0) {
      const bytes = new TextEncoder().encode(this.#lines.splice(0).join("\n"));
      try {
        await this.#socket.send(bytes, this.#target);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) reportFault("systemd can't be told", error);
        this.#failing = true;
      }
    }
    this.#sending = false;
  }
}
