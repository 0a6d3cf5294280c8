import { sha256 } from "../common/sha256.ts";
import { Buffer } from "node:buffer";
import { ServiceError } from "../common/errors.ts";
import type { Redis } from "./bull.ts";
import { bytesKey } from "./redis_keys.ts";

/** Seconds that bytes are kept after they were asked for or renewed. */
export const KEPT_SECONDS = 86_400;
/** Bytes of what is known already that are kept here. */
const KEPT_BYTES = 64 << 20;

/** Bytes in Redis by their SHA-256: what comes out is what was put in, or nothing. */
export class ContentStore {
  readonly #redis: Redis;
  readonly #known = new Map<string, Uint8Array>();
  #size = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Stores bytes and gives their digest. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    await this.#redis.set(bytesKey(digest), Buffer.from(bytes), "EX", KEPT_SECONDS);
    return digest;
  }

  /** Keeps bytes for another while. */
  async renew(digests: string[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const digest of digests) pipeline.expire(bytesKey(digest), KEPT_SECONDS);
    await pipeline.exec();
  }

  /** @throws ServiceError `INTERRUPTED` when there are no bytes of this digest any more. */
  async get(digest: string): Promise<Uint8Array> {
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const bytes = await this.#redis.getBuffer(bytesKey(digest));
    if (bytes === null || sha256(bytes) !== digest) {
      throw new ServiceError(
        "INTERRUPTED",
        `the cluster's Redis ${
          bytes === null ? "has lost" : "gives other bytes than"
        } what the job was planned with; send it again`,
      );
    }
    this.#keep(digest, bytes);
    return bytes;
  }

  #keep(digest: string, bytes: Uint8Array): void {
    this.#known.set(digest, bytes);
    this.#size += bytes.length;
    for (const [oldest, old] of this.#known) {
      if (this.#size <= KEPT_BYTES) break;
      this.#known.delete(oldest);
      this.#size -= old.length;
    }
  }
}
