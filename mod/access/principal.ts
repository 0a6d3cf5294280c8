import { ServiceError } from "../common/errors.ts";

/** What a client may do: read how all jobs stand; run jobs of its own; everything. */
export const ROLES = ["look", "run", "admin"] as const;

/** What a client may do: {@linkcode ROLES}. */
export type Role = typeof ROLES[number];

/** A client that is known by its token. */
export interface Principal {
  /** The owner's name of its jobs; null if clients have no names. */
  readonly name: string | null;
  readonly role: Role;
  /** Real paths of the folders that it may name files in; null for all roots of the service. */
  readonly roots: readonly string[] | null;
}

/** Finds the client by the token of a request. */
export interface Authenticator {
  /** Null if the token is unknown. The time doesn't depend on where it differs. */
  authenticate(token: unknown): Principal | null;
}

/** The principal of a service without names: everything is allowed. */
export const ANYBODY: Principal = { name: null, role: "admin", roots: null };

/**
 * Refuses a request that takes the right to run jobs.
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

/** Whether somebody may see a job of this owner; null is the owner of jobs without one. */
export function reaches({ name, role }: Principal, owner: string | null): boolean {
  return role !== "run" || owner === name;
}

/** Whether two principals have the same rights over jobs. */
export function isSame(one: Principal, other: Principal): boolean {
  return one.name === other.name && one.role === other.role;
}
