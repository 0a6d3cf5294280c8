import type { Jobs } from "../../jobs/jobs.ts";
import type { JobsLimits } from "../../job/retention.ts";
import type { Math as MathPart } from "../../math.ts";
import type { HttpLimits, TcpLimits } from "../../wire/connection_limits.ts";
import type { Traffic } from "../../wire/connection.ts";
import type { Service } from "../../service.ts";

/** The service, as far as it is looked at over HTTP. */
export interface Watched {
  service: Pick<Service, "figures" | "statistic">;
  /** Why no jobs are accepted or none can run; null where all is well. */
  ready: () => string | null;
  /** Where requests are taken, and whether over TLS and with a token; null while none are. */
  place: () => { hostname: string; port: number; tls: boolean; token: boolean } | null;
  /** Real paths of the folders that jobs may name files under. */
  roots: readonly string[];
  engines: () => { started: number; lost: number };
  traffic: Readonly<Traffic>;
  /** As they are now; they may change. */
  limits: Readonly<JobsLimits & TcpLimits & HttpLimits>;
  jobs: Jobs;
  math: MathPart;
}
