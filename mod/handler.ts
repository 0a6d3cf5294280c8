import { audit } from "./access/audit.ts";
import { ANYBODY, type Authenticator, isSame, type Principal } from "./access/principal.ts";
import { ServiceError } from "./common/errors.ts";
import type { JsonObject } from "./common/json_object.ts";
import type { Manager } from "./manager.ts";
import { TextTurns } from "./common/slices.ts";
import type { TCP } from "./tcp.ts";
import type { Connection } from "./wire/connection.ts";
import { errorReply } from "./wire/reply.ts";
import { keepsAlive, knownHeader, type Request, tokenOf, unauthorized } from "./wire/request.ts";

/** Replies that are longer take a while to make. */
const LONG = 2 ** 16;

/**
 * Serves clients, each in a call of its own: receives requests, has them answered, and sends the replies.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Client, defaultSettings, Handler, Jobs, JobStore, Manager, Math, Roots, Service, TCP, Token } from "./mod.ts";
 *
 * const { limits } = defaultSettings();
 * const math = new Math({ roots: new Roots([await Deno.makeTempDir()]), workers: 1, limits });
 * const jobs = new Jobs(math, new JobStore());
 * const tcp = new TCP("127.0.0.1", 0);
 * const service = new Service({ jobs, math, connections: () => tcp.connections, workers: 1 });
 * const token = new Token("correct-horse-battery-staple");
 * const handler = new Handler(tcp, new Manager(service, jobs), token);
 * const { hostname, port } = tcp.listen();
 * const served = tcp.serve((connection) => handler.handle(connection));
 * const members = { Token: "correct-horse-battery-staple" };
 * const client = await Client.connect({ hostname, port, members });
 * assertEquals((await client.info("Status")).text, "Status: Ready");
 * client.close();
 * await tcp.close();
 * await served;
 * await service.close();
 * jobs.close();
 * await math.close();
 * ```
 */
export class Handler {
  readonly #tcp: TCP;
  readonly #manager: Manager;
  #authenticator: Authenticator | null;
  readonly #replies = new TextTurns();

  /** @param authenticator what knows the token that requests have to carry; null lets everybody ask */
  constructor(tcp: TCP, manager: Manager, authenticator: Authenticator | null = null) {
    this.#tcp = tcp;
    this.#manager = manager;
    this.#authenticator = authenticator;
  }

  /** What knows the tokens of the requests from now on. */
  set authenticator(authenticator: Authenticator | null) {
    this.#authenticator = authenticator;
  }

  /**
   * Serves a client until it or the service wants no more: one request, or, while each asks for it with
   * `"Connection": "keep-alive"`, one after another in their order. A request without the token is
   * refused, and it is the last. Of an answer of several lines the next is not made before the client's
   * side has taken the last, and none is sent once the token stands for something else.
   */
  async handle(connection: Connection): Promise<void> {
    let keepAlive = false;
    do {
      const [ok, received, frame] = await this.#tcp.request(connection);
      if (ok) {
        const request = { value: received, frame };
        const principal = this.#principalOf(received);
        if (principal === null) return await this.#refuse(connection, request);
        keepAlive = keepsAlive(received);
        if (this.#replies.due && !isShort(received)) await this.#replies.next();
        const answer = this.#manager.answer(request, { client: connection.host, principal });
        if (typeof answer === "object" && "next" in answer) {
          for await (const reply of answer) {
            const now = this.#principalOf(received);
            if (now === null || !isSame(now, principal)) {
              return await this.#refuse(connection, request);
            }
            if (!await this.#send(connection, request, reply)) return;
          }
        } else {
          const reply = typeof answer === "string" ? answer : await answer;
          if (!await this.#send(connection, request, reply)) return;
        }
      } else {
        if (received === null) return;
        if (!await this.#tcp.response(connection, received)) return;
      }
    } while (keepAlive && connection.open && this.#tcp.server !== null);
  }

  #principalOf(value: JsonObject): Principal | null {
    return this.#authenticator === null
      ? ANYBODY
      : this.#authenticator.authenticate(tokenOf(value));
  }

  async #refuse(connection: Connection, request: Request): Promise<void> {
    const error = unauthorized(request.value);
    audit({ client: null, address: connection.host, request: "any", code: error.code });
    await this.#send(connection, request, errorReply(request, error));
  }

  async #send(connection: Connection, request: Request, reply: string): Promise<boolean> {
    if (reply.length > LONG) this.#replies.add(reply.length);
    try {
      return await connection.send(reply);
    } catch (error) {
      return await this.#tcp.response(connection, errorReply(request, ServiceError.from(error)));
    }
  }
}

/** Whether a request is answered by a short text that is known already. */
function isShort(value: JsonObject): boolean {
  return knownHeader(value) === "info";
}
