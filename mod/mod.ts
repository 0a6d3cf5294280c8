/**
 * The parts of the service, for whoever builds a server of their own.
 *
 * @module
 */
export type { Certificate } from "./access/certificate.ts";
export { type NamedClient, NamedTokens } from "./access/named_tokens.ts";
export type { Authenticator, Principal, Role } from "./access/principal.ts";
export { AddressRanges } from "./access/ranges.ts";
export { Token } from "./access/token.ts";
export {
  Client,
  type ClientOptions,
  ConnectionError,
  type JobFields,
  type JobInfo,
  type JobResult,
  type ListFields,
} from "./client.ts";
export {
  type ErrorCode,
  type FormulaPosition,
  ServiceError,
  SettingsError,
} from "./common/errors.ts";
export type { Dataset } from "./dataset/dataset.ts";
export { Handler } from "./handler.ts";
export type { JobKind, JobProgress, JobReport, JobRequest } from "./job/request.ts";
export { Jobs, type Origin, type Watching } from "./jobs/jobs.ts";
export type { JobsLimits } from "./job/retention.ts";
export type { JobFilter, JobRecord, JobState, JobStatus } from "./job/record.ts";
export { JobStore } from "./jobs/store.ts";
export { Loader, type PartialPlace, type ResultPlace, type SavedResult } from "./loader.ts";
export { type Asking, Manager } from "./manager.ts";
export { Math, type MathOptions, type RunOptions } from "./math.ts";
export { Roots } from "./system/roots.ts";
export { Server } from "./server.ts";
export { Service, type ServiceParts } from "./service.ts";
export type { Limits } from "./settings/limits.ts";
export { defaultSettings, type Settings } from "./settings/settings.ts";
export { type Entrance, ListenError, type Received, TCP } from "./tcp.ts";
export { VERSION } from "./common/version.ts";
export type { Connection } from "./wire/connection.ts";
export type { Frame } from "./wire/framing.ts";
export type { TcpLimits } from "./wire/connection_limits.ts";
export type { JsonObject, Request } from "./wire/message.ts";
