import { ServiceError, SettingsError } from "../common/errors.ts";
import type { Roots } from "../system/roots.ts";
import type { Authenticator, Principal, Role } from "./principal.ts";
import { SecretTable } from "./secrets.ts";

/** A client with a token of its own. */
export interface NamedClient {
  name: string;
  role: Role;
  /** Folders as they were given; relative ones start at the service's first root. Null means all roots. */
  roots: readonly string[] | null;
  /** SHA-256 of the token. */
  digest: Uint8Array;
}

/**
 * Clients that are told apart by their tokens. Only the digests of the tokens are kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { NamedTokens } from "./named_tokens.ts";
 *
 * const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("f3b1c0ffee77c0de"));
 * const tokens = new NamedTokens([
 *   { name: "monitor", role: "look", roots: null, digest: new Uint8Array(digest) },
 * ]);
 * assertEquals(tokens.authenticate("f3b1c0ffee77c0de")?.name, "monitor");
 * assertEquals(tokens.authenticate("something else"), null);
 * ```
 */
export class NamedTokens implements Authenticator {
  readonly #clients: readonly NamedClient[];
  readonly #table: SecretTable<Principal>;
  readonly #file: string | null;

  /**
   * @param clients Each with a name and a token that no other has.
   * @param file The file that they come from.
   */
  constructor(clients: readonly NamedClient[], file: string | null = null) {
    this.#clients = clients;
    this.#file = file;
    this.#table = new SecretTable(this.entries());
  }

  /** The client behind each digest of a token. */
  entries(): [digest: Uint8Array, principal: Principal][] {
    return this.#clients.map(({ name, role, roots, digest }) => [digest, { name, role, roots }]);
  }

  authenticate(token: unknown): Principal | null {
    return this.#table.find(token);
  }

  /**
   * The same clients with the real paths of their folders.
   *
   * @param roots The service's.
   * @throws {SettingsError} when a client's folder doesn't exist or doesn't lie under a root, and when the
   * file lies there
   */
  under(roots: Roots): NamedTokens {
    if (this.#file !== null && roots.contains(this.#file)) {
      throw new SettingsError(
        `the tokens file ${this.#file} lies under a root, where formulas may read it: move it elsewhere`,
      );
    }
    return new NamedTokens(this.#clients.map((client) => placed(client, roots)), this.#file);
  }
}

function placed(client: NamedClient, roots: Roots): NamedClient {
  if (client.roots === null) return client;
  try {
    return { ...client, roots: roots.narrowed(client.roots).directories };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new SettingsError(`the roots of the client ${client.name}: ${error.message}`);
  }
}
