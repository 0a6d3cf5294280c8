/** Who knows the cluster's secret seals what it writes to Redis, and looks at nothing that isn't sealed. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { ServiceError } from "../common/errors.ts";

/** A value with its message authentication code, HMAC-SHA-256 (RFC 2104), in hexadecimal digits. */
export type Sealed<T> = T & { mac?: string };

/** Seals values, and opens them. Without a secret nothing is sealed. */
export class Seal {
  readonly #secret: string | null;

  constructor(secret: string | null) {
    this.#secret = secret;
  }

  /** @param place Where the value is put: elsewhere the seal doesn't hold. */
  close<T extends object>(place: string, value: T): Sealed<T> {
    return this.#secret === null ? value : { ...value, mac: this.#mac(place, value) };
  }

  /**
   * The value without its seal. What is in it may be anything yet.
   *
   * @throws ServiceError `INTERRUPTED` where the seal is another one than this place's
   */
  open(place: string, sealed: unknown): unknown {
    if (typeof sealed !== "object" || sealed === null) return sealed;
    const { mac, ...value } = sealed as { mac?: unknown };
    if (this.#secret === null ? mac === undefined : this.#fits(place, value, mac)) return value;
    throw new ServiceError(
      "INTERRUPTED",
      `the cluster's Redis holds what is not sealed by this cluster-secret (${place}): start the service and all ` +
        "nodes with the same, see that nobody else writes to Redis, and send the job again",
    );
  }

  #fits(place: string, value: object, mac: unknown): boolean {
    if (typeof mac !== "string") return false;
    const encoder = new TextEncoder();
    const given = encoder.encode(mac), wanted = encoder.encode(this.#mac(place, value));
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  /** JSON that was parsed gives the same text again. */
  #mac(place: string, value: object): string {
    return createHmac("sha256", this.#secret!).update(`${place}\n${JSON.stringify(value)}`)
      .digest("hex");
  }
}
