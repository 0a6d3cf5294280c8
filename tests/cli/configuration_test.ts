import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/toml";
import { parquetMetadata } from "hyparquet";
import { FILE_ENTRIES, LIMIT_ENTRIES } from "../../mod/settings/entries.ts";
import { SEED } from "../support/suite_options.ts";
import {
  bothWays,
  compiled,
  finish,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { job, writeSample } from "../support/fixtures.ts";
import { ask } from "../support/job_requests.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { until } from "../support/until.ts";

function test(
  name: string,
  body: (way: Way, folder: string) => Promise<void>,
  runBy = ways,
): void {
  for (const way of runBy) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await body(way, folder.path);
    });
  }
}

test(
  "flags override the environment, the environment overrides the file, and config shows the source",
  async (way, folder) => {
    const file = join(folder, "service.toml");
    await Deno.writeTextFile(
      file,
      'port = 1\nhost = "127.0.0.2"\nworkers = 3\n[limits]\njobs = 1\n',
    );
    const env = {
      MEASURING_CONFIG: file,
      MEASURING_PORT: "2",
      MEASURING_WORKERS: "4",
      MEASURING_JOBS: "5",
      MEASURING_STOP_SECONDS: "2.5",
      MEASURING_ROOT: "/tmp:/usr",
      MEASURING_ALLOW_HOST: "a.example,b.example:80",
      MEASURING_HOST: "",
    };
    const { code, stdout, stderr } = await finish(way, [
      "config",
      "--port",
      "3",
      "--limit",
      "queue=9",
    ], {
      env,
    });
    assertEquals([code, stderr], [0, ""]);
    // deno-lint-ignore no-explicit-any
    const settings = parse(stdout) as any;
    assertEquals([settings.port, settings.host, settings.workers], [3, "127.0.0.2", 4]);
    assertEquals([settings.root, settings["allow-host"]], [["/tmp", "/usr"], [
      "a.example",
      "b.example:80",
    ]]);
    const { jobs, queue, connections, "stop-seconds": stop } = settings.limits;
    assertEquals([jobs, queue, connections, stop], [5, 9, 2048, 2.5]);
    const source = (name: string) => new RegExp(`^${name} = .*# (.*)$`, "m").exec(stdout)?.[1];
    assertEquals(["port", "host", "workers", "jobs", "queue", "connections"].map(source), [
      "flag --port",
      `file ${file}`,
      "environment MEASURING_WORKERS",
      "environment MEASURING_JOBS",
      "flag --limit",
      "default",
    ]);
    // What is printed is a settings file itself.
    const copy = join(folder, "copy.toml");
    await Deno.writeTextFile(copy, stdout);
    const again = await finish(way, ["config", "--config", copy]);
    assertEquals(parse(again.stdout), settings);
  },
  bothWays,
);

test(
  "a misspelt environment variable is refused with the name that is meant",
  async (way) => {
    const random = randomFrom(SEED + 31);
    const names = [...[...FILE_ENTRIES, ...LIMIT_ENTRIES].map(({ name }) => name), "config"]
      .map((name) => name.replaceAll("-", "_").toUpperCase());
    for (let k = 0; k < 8; k++) {
      const name = names[random(names.length)]!, at = random(name.length);
      const typed = [
        name.slice(0, at) + "ABCXYZ_"[random(7)] + name.slice(at),
        name.slice(0, at) + name.slice(at + 1),
        name.slice(0, at) + "Q" + name.slice(at + 1),
      ][random(3)]!;
      if (names.includes(typed) || typed === "") continue;
      const env = { [`MEASURING_${typed}`]: "1" };
      const { code, stdout, stderr } = await finish(way, ["config"], { env });
      assertEquals([code, stdout], [2, ""], `${typed} ${stderr} seed ${SEED}`);
      assertMatch(
        stderr,
        new RegExp(`environment's MEASURING_${typed} is no setting: did you mean `),
      );
    }
  },
  bothWays,
);

test(
  "an unknown environment variable is reported where the environment may be listed",
  async (way) => {
    const { code, stdout, stderr } = await finish(way, ["config", "--port", "5"], {
      env: { MEASURING_OPERATORS_NOTE: "x", measuring_port: "7", OTHER: "1" },
    });
    assertEquals([code, stdout], [2, ""]);
    assertMatch(
      stderr,
      /environment's measuring_port is no setting: did you mean MEASURING_PORT\?/,
    );
    const told = await finish(way, ["config"], { env: { MEASURING_OPERATORS_NOTE: "x" } });
    assertEquals(told.code, 0);
    assertEquals(
      told.stderr,
      "the environment's MEASURING_OPERATORS_NOTE is no setting and is not looked at\n",
    );
  },
  [compiled],
);

test("an error about an invalid value uses the name by which the value was given", async (way) => {
  const refused: [string[], Record<string, string>, RegExp][] = [
    [[], { MEASURING_PORT: "x" }, /port must be .* \(the environment's MEASURING_PORT\)/],
    [[], { MEASURING_JOBS: "0" }, /limits\.jobs must be .* \(the environment's MEASURING_JOBS\)/],
    [
      [],
      { MEASURING_STOP_SECONDS: "soon" },
      /limits\.stop-seconds must be .*MEASURING_STOP_SECONDS/,
    ],
    [[], { MEASURING_CONFIG: "/not/there" }, /it doesn't exist/],
    [["--limit", "jobs"], {}, /--limit must be NAME=N, not jobs/],
    [["--limit", "jbos=1"], {}, /setting jbos in \[limits\] is not known/],
    [["--limit", "jobs=many"], {}, /limits\.jobs must be a whole number/],
  ];
  for (const [args, env, message] of refused) {
    const { code, stdout, stderr } = await finish(way, ["config", ...args], { env });
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, message);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});

test(
  "SIGHUP applies new limits, reports what needs a restart, and keeps the old settings when the file is wrong",
  async (way, folder) => {
    const file = join(folder, "service.toml");
    const write = (text: string) => Deno.writeTextFile(file, text);
    await write("workers = 1\n[limits]\nrequest-bytes = 1024\n");
    await using server = await startServer(way, { root: folder, args: ["--config", file] });
    const hangup = async (message: RegExp) => {
      Deno.kill(server.pid, "SIGHUP");
      await until(`a log that says ${message}`, () => message.test(server.stderr), 5);
    };
    const long = async () => (await ask(server, "List", { padding: "x".repeat(2000) })).Status;
    assertEquals(await long(), "error");
    await write("workers = 2\n[limits]\nrequest-bytes = 4096\n");
    await hangup(/the configuration was read again; these take a restart: workers"/);
    assertEquals(await long(), "complete");
    await write("[limits]\nrequest-bytes = 5\n");
    await hangup(/the configuration stays as it was: limits\.request-bytes must be/);
    assertEquals(await long(), "complete");
    await write("workers = 1\n[limits]\nrequest-bytes = 1024\n");
    await hangup(/the configuration was read again"/);
    assertEquals(await long(), "error");
    assert(!server.stderr.includes("unexpected"));
  },
  bothWays,
);

test(
  "after SIGHUP the next job gets the new time limit and codec",
  async (way, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(
      join(folder, "slow.js"),
      "export const main = () => { while (true); }",
    );
    await Deno.writeTextFile(join(folder, "same.js"), "export const map = ({ u }) => ({ u });");
    const file = join(folder, "service.toml");
    await Deno.writeTextFile(file, "workers = 1\n");
    await using server = await startServer(way, { root: folder, args: ["--config", file] });
    const codec = async () => {
      await server.request(job(folder, { File: "same.js" }));
      const file = await Deno.readFile(join(folder, "same_ansver.parquet"));
      const metadata = parquetMetadata(file.buffer);
      return metadata.row_groups[0]!.columns[0]!.meta_data!.codec;
    };
    assertEquals(await codec(), "SNAPPY");
    await Deno.writeTextFile(file, 'workers = 1\ncodec = "none"\n[limits]\njob-seconds = 1\n');
    Deno.kill(server.pid, "SIGHUP");
    await until("a reload", () => server.stderr.includes("was read again"), 5);
    assertEquals(await codec(), "UNCOMPRESSED");
    const reply = await server.request(job(folder, { File: "slow.js" }));
    assertEquals(reply.Response.Error?.Code, "FORMULA_TIMEOUT", JSON.stringify(reply));
  },
);
