import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { type RunningServer, ways } from "../support/harness.ts";
import { writeFormulas } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const CLIENTS = fromFileUrl(new URL("../../examples/clients/", import.meta.url));

const sample = shareSample(200_000, 70_000);
const services = ways.map((way) => ({ way, shared: shareService(way) }));

/**
 * Tests of an example that runs a formula, in a folder with one that works and one that fails.
 *
 * @param program What runs it; Debian has it under the same name.
 */
function test(
  program: string,
  args: (server: RunningServer, folder: string, formula: string) => string[],
  check: (outcome: { code: number; stdout: string; stderr: string }, good: boolean) => void,
): void {
  const missing = missingCommand([program, program]);
  for (const { way, shared } of services) {
    testWith(
      missing,
      `the client in ${program} submits, watches and prints the result [${way.name}]`,
      async () => {
        const data = join(await shared.folder(), 'a "b" \\c');
        await Deno.mkdir(data);
        await sample(data);
        await writeFormulas(data, {
          "good.ts":
            "export const chunk = ({ u }) => u.length; export const combine = (a, b) => a + b;",
          "bad.ts": "export const map = () => nothing;",
        });
        for (const formula of ["good.ts", "bad.ts", "none.ts"]) {
          const { code, stdout, stderr } = await new Deno.Command(program, {
            args: args(shared.server, data, formula),
            cwd: CLIENTS,
            stdin: "null",
          }).output();
          const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
          check({ code, stdout: text(stdout), stderr: text(stderr) }, formula === "good.ts");
        }
      },
    );
  }
}

test(
  "python3",
  (
    { port },
    folder,
    formula,
  ) => ["client.py", `127.0.0.1:${port}`, folder, "time_series.parquet", formula],
  ({ code, stdout, stderr }, good) => {
    assertEquals(code, good ? 0 : 1, stderr);
    if (!good) return assertMatch(stderr, /^(.*\n)*FORMULA_(FAILED|NOT_FOUND): .+\n$/);
    assertEquals(JSON.parse(stdout).File, "good_ansver.txt");
    assertMatch(stderr.trimEnd().split("\n").at(-1)!, /^complete/);
  },
);
