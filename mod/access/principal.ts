import { ServiceError } from "../common/errors.ts";

/** What a client may do: read how all jobs stand; run jobs of its own; everything. */
export const ROLES = ["look", "run", "admin"] as const;

/** What a client may do: {@linkcode ROLES}. */
export type Role = typeof ROLES[number];

/** Who asks, once it is known by its token. */
export interface Principal {
  /** Jobs belong to this name; null where all have the same token, or none is needed. */
  readonly name: string | null;
  readonly role: Role;
  /** Real paths of the folders whose files it may name; null for all roots of the service. */
  readonly roots: readonly string[] | null;
}

/** Tells by a request's token who asks. */
export interface Authenticator {
  /** Null where the token is not known; takes the same time wherever it differs. */
  authenticate(token: unknown): Principal | null;
}

/** Whoever asks where names aren't told apart: everything is allowed. */
export const ANYBODY: Principal = { name: null, role: "admin", roots: null };

/**
 * Refuses what only clients may do that run jobs.
 *
 * @param what the request, for the message
 * @throws {ServiceError} `FORBIDDEN`
 */
export function assertMayRun({ name, role }: Principal, what: string): void {
  if (role !== "look") return;
  throw new ServiceError(
    "FORBIDDEN",
    `${what} takes the role run or admin, and ${name} has the role look: ` +
      "use the token of another client, or have the operator give this one another role",
  );
}

/** Whether a job of this owner is there at all for somebody; null is the owner of jobs without one. */
export function reaches({ name, role }: Principal, owner: string | null): boolean {
  return role !== "run" || owner === name;
}

/** Whether two have the same rights over jobs. */
export function isSame(one: Principal, other: Principal): boolean {
  return one.name === other.name && one.role === other.role;
}
