import { Client, type JobInfo } from "../client.ts";
import { DEFAULT_HOST, DEFAULT_PORT, makeSettings } from "../settings.ts";
import { type Given, type Option, optionOf } from "./usage.ts";

/** The options of commands that talk to a service. */
export const ADDRESS_OPTIONS: Option[] = [
  { name: "host", value: "ADDRESS", help: `the service's address (default ${DEFAULT_HOST})` },
  { name: "port", value: "PORT", help: `the service's port (default ${DEFAULT_PORT})` },
];

/** A client of the service that {@linkcode ADDRESS_OPTIONS} name. @throws {ConnectionError} */
export function clientOf(given: Given): Promise<Client> {
  const { host, port } = makeSettings({
    host: optionOf(given, "host"),
    port: optionOf(given, "port"),
  });
  return Client.connect({ hostname: host, port });
}

/** How far a job is: what is done of what, in rows where they are counted. */
export function progressOf(
  { State, ...job }: JobInfo,
): { done: number; total: number; note: string } {
  if (State === "complete") return { done: 1, total: 1, note: State };
  const { RowsDone = 0, RowsTotal, TasksDone = 0, TasksTotal, SecondsLeft } = job;
  const left = SecondsLeft === undefined || SecondsLeft === null
    ? ""
    : `, ${Math.ceil(SecondsLeft)} s left`;
  if (RowsTotal && RowsDone > 0) {
    return { done: RowsDone, total: RowsTotal, note: `${RowsDone} of ${RowsTotal} rows${left}` };
  }
  return { done: TasksDone, total: TasksTotal ?? 0, note: State + left };
}
