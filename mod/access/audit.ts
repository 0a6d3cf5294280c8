import type { ErrorCode } from "../common/errors.ts";
import { JOB_ID } from "../job/request.ts";
import { log } from "../common/log.ts";

/** A request that changed something, or was refused. */
export interface AuditEvent {
  /** The client's name; null if clients have no names, or it is unknown. */
  client: string | null;
  address: string;
  request: string;
  job?: string | undefined;
  /** The error code; absent if the request was accepted. */
  code?: ErrorCode;
}

const ID = new RegExp(`^${JOB_ID}$`);

/** Logs who asked for what, and the decision. */
export function audit({ client, address, request, job, code }: AuditEvent): void {
  if (!log.audit.isEnabledFor("info")) return;
  // What is no id may be anything, a token too.
  const id = job !== undefined && ID.test(job) ? job : null;
  const who = client === null ? "{address}" : "{client} at {address}";
  const which = id === null ? "" : " of {job}";
  const what = code === undefined ? "accepted" : "refused with {code}";
  const figures = { client, address, request, job: id, code: code ?? null };
  log.audit.info(`${who}: {request}${which} ${what}`, figures);
}
