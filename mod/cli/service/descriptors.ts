import type { Settings } from "../../settings/settings.ts";
import { err } from "../output/standard_output.ts";

/** Descriptors kept for what is no client: engines, data, listings. */
const OWN_DESCRIPTORS = 128;
/** Descriptors of a connection over TLS: the client's, and the two ends of its passage. */
const TLS_DESCRIPTORS = 3;
/** Further ones of a connection over HTTP: the two ends of that to the server which answers. */
const HTTP_DESCRIPTORS = 2;
/** Part of the clients' descriptors that connections over HTTP may have where there are too few for all. */
const HTTP_PART = 1 / 4;

/** Lowers the limits of connections to what the system lets this process open, and says so. */
export function fitDescriptors({ limits, tls, http }: Settings): void {
  const descriptors = descriptorLimit();
  const each = tls === null ? 1 : TLS_DESCRIPTORS;
  const lower = (limit: "connections" | "httpConnections", most: number, whose: string) => {
    const connections = Math.max(1, Math.floor(most));
    if (limits[limit] <= connections) return;
    err(
      `this process may open ${descriptors} files, so ${connections} ${whose} are served at once, ` +
        `not ${limits[limit]}: allow more by ulimit -n, or by LimitNOFILE in a unit\n`,
    );
    limits[limit] = connections;
  };
  // A connection that comes to its end has them beside the client that took its place.
  const eachClient = 2 * each, eachOverHttp = each + HTTP_DESCRIPTORS;
  let left = descriptors - OWN_DESCRIPTORS;
  if (http !== null) {
    const most = Math.max(HTTP_PART * left, left - limits.connections * eachClient);
    lower("httpConnections", most / eachOverHttp, "connections over HTTP");
    left -= limits.httpConnections * eachOverHttp;
  }
  lower("connections", left / eachClient, "clients");
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
