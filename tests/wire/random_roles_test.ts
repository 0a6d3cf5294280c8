import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Role } from "../../mod/access/principal.ts";
import { writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { ask, end, QUICK, type Told, writeFormulas } from "../support/job_requests.ts";
import { as, type Member, member, reread, writeTokens } from "../support/named_clients.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

const ROLES: readonly Role[] = ["look", "run", "admin"];
const FOLDERS = ["one", "two", "two/deep", "three"];
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
/** Requests until the clients are others. */
const ROUND = 25;

/** What is known of the jobs: whose they are, in the order they came. */
type Known = Map<string, string>;

/** Some of the clients there may be, each with a role, a token and roots that it may have had before or not. */
function randomClients(random: Random): Member[] {
  const names = ["ann", "bob", "carl", "dora", "eve"].filter(() => random(4) > 0);
  return [...names, "zoe"].map((name, k) => {
    const role = k === names.length ? "admin" : ROLES[random(3)]!;
    const roots = FOLDERS.filter(() => random(2) === 0);
    const limited = role !== "look" && roots.length > 0 && random(2) === 0;
    return member(name, role, {
      token: `the-token-${random(3)}-of-${name}-itself`,
      hashed: random(2) === 0,
      ...(limited ? { roots } : {}),
    });
  });
}

const isUnder = (folder: string, root: string) => folder === root || folder.startsWith(`${root}/`);

/** The rules: what a client's request about a job is answered. */
function codeFor({ name, role }: Member, action: string, owner: string | undefined): string {
  if (action === "Cancel" && role === "look") return "FORBIDDEN";
  if (owner === undefined) return "JOB_NOT_FOUND";
  return role === "run" && owner !== name ? "JOB_NOT_FOUND" : "ok";
}

/** Asks for something at random, and compares with the rules. */
async function askSomething(
  server: RunningServer,
  data: string,
  clients: readonly Member[],
  known: Known,
  random: Random,
): Promise<void> {
  const client = clients[random(clients.length)]!;
  const asked = as(server, client);
  const admin = as(server, clients.at(-1)!);
  const kind = random(10);
  if (kind === 0) {
    const stranger = as(server, { token: `${client.token}${random(2) === 0 ? " " : "x"}` });
    assertEquals((await ask(stranger, "List")).Error?.Code, "UNAUTHORIZED");
  } else if (kind <= 3) {
    const folder = FOLDERS[random(FOLDERS.length)]!;
    const Directory = join(data, folder);
    const allowed = client.roots?.some((root) => isUnder(folder, root)) ?? true;
    const wanted = client.role === "look" ? "FORBIDDEN" : allowed ? "ok" : "FORBIDDEN_PATH";
    const fields = {
      ...{ Directory, Base: "time_series.parquet", File: "quick.ts", Params: known.size },
      ...{ Output: `result ${known.size}`, Priority: random(201) - 100 },
    };
    let id;
    if (random(3) === 0) {
      const { Response } = await asked.request({ Header: "Dask", Request: fields });
      assertEquals(Response.Error?.Code ?? "ok", wanted, `${client.name} in ${folder}`);
      id = Response.Job?.Id;
    } else {
      const { Error, Job } = await ask(asked, "Submit", fields);
      assertEquals(Error?.Code ?? "ok", wanted, `${client.name} in ${folder}`);
      id = Job?.Id as string | undefined;
    }
    if (id !== undefined) {
      assertEquals((await end(admin, id)).State, "complete");
      known.set(id, client.name);
    }
  } else if (kind === 4) {
    const { Jobs } = await ask(asked, "List", { Limit: 1000 });
    const wanted = [...known].filter(([, owner]) => codeFor(client, "List", owner) === "ok");
    assertEquals(
      (Jobs as Told[]).map(({ Id, Owner }) => [Id, Owner]),
      wanted.reverse(),
      `what ${client.name} lists`,
    );
  } else {
    const action = ["Status", "Log", "Watch", "Result", "Cancel"][random(5)]!;
    const ids = [...known.keys(), UNKNOWN];
    const id = ids[random(ids.length)]!;
    const response = await ask(asked, action, { Id: id });
    const wanted = codeFor(client, action, known.get(id));
    assertEquals(response.Error?.Code ?? "ok", wanted, `${action} by ${client.name}`);
    if (wanted === "ok" && action === "Status") assertEquals(response.Job.Owner, known.get(id));
  }
}

for (const way of ways) {
  randomTest(
    "role-requests",
    `whatever clients ask for is answered by the rules of their roles [${way.name}]`,
    async (count) => {
      await using folder = await tempDir();
      const data = join(folder.path, "data"), tokens = join(folder.path, "tokens.toml");
      for (const name of FOLDERS) {
        await Deno.mkdir(join(data, name), { recursive: true });
        await writeSample(join(data, name), 100);
        await writeFormulas(join(data, name), { "quick.ts": QUICK });
      }
      const known: Known = new Map();
      let clients = randomClients(fuzzRandom(0));
      await writeTokens(tokens, clients);
      const args = ["--tokens-file", tokens, "--state", join(folder.path, "state")];
      let server = await startServer(way, { root: data, args });
      try {
        for (let index = 1; index <= count; index++) {
          const random = fuzzRandom(index);
          await askSomething(server, data, clients, known, random);
          if (index % ROUND !== 0) continue;
          const before = clients.at(-1)!;
          clients = randomClients(random);
          await writeTokens(tokens, clients);
          if (random(3) > 0) await reread(server);
          else {
            // A list brings to the disk what isn't there yet.
            await ask(as(server, before), "List");
            if (random(2) === 0) await server.stop();
            else await server.kill();
            server = await startServer(way, { root: data, args });
          }
        }
      } finally {
        await server.stop();
      }
    },
  );
}
