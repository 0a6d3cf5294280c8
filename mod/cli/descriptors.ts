import type { Settings } from "../settings.ts";
import { err } from "./output.ts";

/** Descriptors kept for what is no client: engines, data, listings. */
const OWN_DESCRIPTORS = 128;
/** Descriptors of a connection over TLS: the client's, and the two ends of its passage. */
const TLS_DESCRIPTORS = 3;

/** Lowers the limit of connections to what the system lets this process open, and says so. */
export function fitDescriptors({ limits, tls }: Settings): void {
  const descriptors = descriptorLimit();
  const each = tls === null ? 1 : TLS_DESCRIPTORS;
  // A connection that comes to its end has them beside the client that took its place.
  const connections = Math.max(1, Math.floor((descriptors - OWN_DESCRIPTORS) / (2 * each)));
  if (limits.connections <= connections) return;
  err(
    `this process may open ${descriptors} files, so ${connections} clients are served at once, ` +
      `not ${limits.connections}: allow more by ulimit -n, or by LimitNOFILE in a unit\n`,
  );
  limits.connections = connections;
}

/** Descriptors this process may have; Infinity where that can't be told. */
function descriptorLimit(): number {
  let limits;
  try {
    limits = Deno.readTextFileSync("/proc/self/limits");
  } catch {
    // Not Linux, or `deno run` without all permissions; that has raised the limit already.
    return Infinity;
  }
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
}
