/** What tests of clients with tokens of their own share. */
import { createHash } from "node:crypto";
import type { Role } from "../../mod/access/principal.ts";
import type { RunningServer } from "./harness.ts";
import type { Asked } from "./job_requests.ts";
import { until } from "./until.ts";

/** A client of a tokens file. */
export interface Member {
  name: string;
  role: Role;
  token: string;
  roots?: readonly string[];
  /** The file has the token's SHA-256 only. */
  hashed?: boolean;
}

/** A client whose token follows its name. */
export function member(name: string, role: Role, more: Partial<Member> = {}): Member {
  return { name, role, token: `the-token-of-${name}-itself`, ...more };
}

/** Writes a tokens file that only this user may read. */
export async function writeTokens(path: string, members: readonly Member[]): Promise<void> {
  const text = members.map(({ name, role, token, roots, hashed }) => {
    const secret = hashed
      ? `sha256 = "${createHash("sha256").update(token).digest("hex")}"`
      : `token = ${JSON.stringify(token)}`;
    const folders = roots === undefined ? "" : `roots = ${JSON.stringify(roots)}\n`;
    return `[[client]]\nname = ${JSON.stringify(name)}\n${secret}\nrole = "${role}"\n${folders}`;
  });
  await Deno.writeTextFile(path, text.join("\n"), { mode: 0o600 });
}

/** Asks as a client: with its token. */
export function as(server: RunningServer, { token }: Pick<Member, "token">): Asked {
  return { request: (request) => server.request({ ...(request as object), Token: token }) };
}

/** Has a service read its configuration again; waits until its log says how that went. */
export async function reread(
  server: RunningServer,
  says = /the configuration was read again/,
): Promise<void> {
  const before = server.stderr.length;
  Deno.kill(server.pid, "SIGHUP");
  await until(`the log to say ${says}`, () => says.test(server.stderr.slice(before)), 5);
}

/** The log's lines about requests that changed something or were refused. */
export function auditOf(server: RunningServer): Record<string, unknown>[] {
  return server.stderr.trimEnd().split("\n")
    .filter((line) => line.includes('"part":"audit"'))
    .map((line) => JSON.parse(line));
}
