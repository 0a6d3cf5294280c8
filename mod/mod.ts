/**
 * A client of the service, and the parts to build a server from. The parts take one another: `Server` puts
 * all of them together; `Handler`, `Manager`, `Service`, `Jobs`, `Math` and `TCP` can be put together by
 * hand. The example of each part runs as it stands.
 *
 * @module
 */

// A client.
export { Client, type ClientOptions, ConnectionError } from "./client.ts";
export type { ListFields } from "./wire/job_action.ts";
export type { JobFields } from "./wire/job_fields.ts";
export type { JobInfo } from "./wire/job_info.ts";
export type { JobResult } from "./wire/job_reply.ts";
export type { Statistic } from "./wire/statistic.ts";
export {
  type ErrorCode,
  type FormulaPosition,
  ServiceError,
  SettingsError,
} from "./common/errors.ts";

// The whole service.
export { Server } from "./server.ts";
export { defaultSettings, type Settings } from "./settings/settings.ts";
export type { Limits } from "./settings/limits.ts";
export { VERSION } from "./common/version.ts";

// Connections and who may open them.
export { type Entrance, ListenError, type Received, TCP } from "./tcp.ts";
export type { Connection } from "./wire/connection.ts";
export type { TcpLimits } from "./wire/connection_limits.ts";
export type { Frame } from "./wire/framing.ts";
export type { JsonObject } from "./common/json_object.ts";
export type { Request } from "./wire/request.ts";
export { AddressRanges } from "./access/ranges.ts";
export type { Certificate } from "./access/certificate.ts";
export { Token } from "./access/token.ts";
export { type NamedClient, NamedTokens } from "./access/named_tokens.ts";
export type { Authenticator, Principal, Role } from "./access/principal.ts";

// Requests and their replies.
export { Handler } from "./handler.ts";
export { type Asking, Manager } from "./manager.ts";
export { Service, type ServiceParts } from "./service.ts";

// Jobs.
export { Jobs, type Watching } from "./jobs/jobs.ts";
export type { Origin } from "./jobs/new_job.ts";
export { JobStore } from "./jobs/store.ts";
export type { JobFilter, JobRecord, JobState, JobStatus } from "./job/record.ts";
export type { JobsLimits } from "./job/retention.ts";
export type { JobKind } from "./job/kinds.ts";
export { Math, type MathOptions, type RunOptions } from "./math.ts";
export type {
  BaseFiles,
  JobLimits,
  JobProgress,
  JobReport,
  JobRequest,
  RequestedRows,
  ResultCodec,
} from "./job/request.ts";
export { Hosts } from "./remote/hosts.ts";
export { Roots } from "./system/roots.ts";
export { Loader } from "./loader.ts";
export type { ResultPlace, SavedResult } from "./result/place.ts";
