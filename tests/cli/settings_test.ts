import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { SettingsError } from "../../mod/common/errors.ts";
import { defaultSettings, makeSettings, type Settings } from "../../mod/settings/settings.ts";
import { takeOver } from "../../mod/settings/reload.ts";
import { readSettingsFile } from "../../mod/settings/settings_file.ts";

async function fromFile(toml: string, use: (read: () => Settings, folder: string) => void) {
  const folder = await Deno.makeTempDir();
  try {
    Deno.writeTextFileSync(`${folder}/service.toml`, toml);
    use(() => makeSettings(readSettingsFile(`${folder}/service.toml`)), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertRefused(toml: string, part: string) {
  return fromFile(toml, (read) => void assertThrows(read, SettingsError, part));
}

Deno.test("the service listens on this machine only by default", () => {
  const settings = makeSettings();
  assertEquals(settings, defaultSettings());
  assertEquals([settings.host, settings.port], ["127.0.0.1", 27700]);
  assertEquals(settings.roots, ["."]);
  assertEquals(settings.workers, navigator.hardwareConcurrency);
  assertEquals(settings.limits.requestBytes, 1024 * 1024);
  assertEquals(settings.limits.replyBytes, 16 * 1024 * 1024);
  assertEquals(settings.limits.connections, 2048);
  assertEquals(settings.limits.idleSeconds, 300);
});

Deno.test("a file sets everything, and its relative roots start at its folder", () =>
  fromFile(
    `host = "0.0.0.0"
port = 0
root = ["data", "/srv"]
allow-host = ["data.example", "10.0.0.7:9000"]
workers = 3
codec = "zstd"
insecure = true
state = "state"
http = "[::1]:8080"
http-token-file = "token"
cluster = "rediss://data.example:6380"
cluster-ca = "ca.pem"
cluster-secret = "secret"
cluster-wait = true
log-level = "error"
[limits]
request-bytes = 2048
pending-bytes = 8192
reply-bytes = 4096
connections = 5
idle-seconds = 0.5
reply-seconds = 7
http-connections = 20
http-client-connections = 6
http-head-seconds = 2.5
http-idle-seconds = 9
jobs = 1
queue = 0
client-queue = 3
job-seconds = 60
silence-seconds = 5
heap-bytes = 100000000
memory-bytes = 500000000
work-bytes = 100000000
result-bytes = 1000000
log-bytes = 0
attempts = 2
keep-seconds = 100
keep-jobs = 7
keep-bytes = 2000000
stop-seconds = 1.5
lost-seconds = 3
task-partitions = 8
cluster-rate = 50
`,
    (read, folder) =>
      assertEquals(read(), {
        host: "0.0.0.0",
        port: 0,
        roots: [`${folder}/data`, "/srv"],
        hosts: ["data.example", "10.0.0.7:9000"],
        workers: 3,
        codec: "zstd",
        token: null,
        tokens: null,
        allow: null,
        tls: null,
        insecure: true,
        state: `${folder}/state`,
        http: "[::1]:8080",
        httpTokenFile: `${folder}/token`,
        cluster: "rediss://data.example:6380",
        clusterCa: `${folder}/ca.pem`,
        clusterSecret: `${folder}/secret`,
        clusterWait: true,
        logLevel: "error",
        limits: {
          requestBytes: 2048,
          pendingBytes: 8192,
          replyBytes: 4096,
          connections: 5,
          idleSeconds: 0.5,
          replySeconds: 7,
          httpConnections: 20,
          httpClientConnections: 6,
          httpHeadSeconds: 2.5,
          httpIdleSeconds: 9,
          jobs: 1,
          queue: 0,
          clientQueue: 3,
          jobSeconds: 60,
          silenceSeconds: 5,
          heapBytes: 1e8,
          memoryBytes: 5e8,
          workBytes: 1e8,
          resultBytes: 1e6,
          logBytes: 0,
          attempts: 2,
          keepSeconds: 100,
          keepJobs: 7,
          keepBytes: 2e6,
          stopSeconds: 1.5,
          lostSeconds: 3,
          taskPartitions: 8,
          clusterRate: 50,
        },
      }),
  ));

Deno.test("a single root needs no list", () =>
  fromFile('root = "data"', (read, folder) => assertEquals(read().roots, [`${folder}/data`])));

Deno.test("flags override the file, and other settings keep the file's values", () =>
  fromFile('port = 1\nhost = "::1"\nroot = ["a", "b"]', (_, folder) => {
    const file = readSettingsFile(`${folder}/service.toml`);
    const settings = makeSettings(file, { port: "2", root: ["c"], workers: "4", host: undefined });
    assertEquals(settings.port, 2);
    assertEquals(settings.host, "::1");
    assertEquals(settings.roots, ["c"]);
    assertEquals(settings.workers, 4);
  }));

Deno.test("an error names the setting that is unknown or out of range", async () => {
  await assertRefused("prot = 1", "setting prot in ");
  await assertRefused("prot = 1", "is not known: did you mean port?");
  await assertRefused("colour = 1", "is not known: use host, port, ");
  await assertRefused("[limits]\nrequests = 1", "setting requests in [limits]");
  await assertRefused("[limit]\njobs = 1", "setting limit in ");
  await assertRefused("port = 65536", "port must be a whole number from 0 to 65535, not 65536");
  await assertRefused("port = 1.5", "port must be");
  await assertRefused("port = true", "port must be");
  await assertRefused("host = 5", "host must be");
  await assertRefused('host = ""', "host must be");
  await assertRefused('codec = "gzip"', 'codec must be one of snappy, zstd, none, not "gzip"');
  await assertRefused('log-level = "loud"', "log-level must be one of debug, info, warning");
  await assertRefused("workers = 0", "workers must be");
  await assertRefused("http = 80", "http must be HOST:PORT");
  await assertRefused('http = "::1:80"', "http must be HOST:PORT");
  await assertRefused('http-token-file = ""', "http-token-file must be");
  await assertRefused("root = []", "root must be");
  await assertRefused("root = [1]", "root must be");
  await assertRefused("allow = 10", "allow must be");
  await assertRefused("allow = []", "allow must be");
  await assertRefused('allow = ["::1", "10.0.0.0/33"]', 'not "10.0.0.0/33"');
  await assertRefused("token-file = true", "token-file must be a file's path, not true");
  await assertRefused('token = "in the settings file"', "setting token in ");
  await assertRefused('tls-cert = ""', "tls-cert must be a file's path");
  await assertRefused('tls-key = "key.pem"', "tls-cert is missing");
  await assertRefused("insecure = 1", "insecure must be true or false, not 1");
  await assertRefused("limits = 1", "limits must be a table");
  await assertRefused("[limits]\njobs = 0", "limits.jobs must be");
  await assertRefused("[limits]\nrequest-bytes = 10", "limits.request-bytes must be");
  await assertRefused("[limits]\nidle-seconds = 0", "limits.idle-seconds must be");
  await assertRefused("[limits]\nidle-seconds = inf", "limits.idle-seconds must be");
  for (const port of ["", "x", "-1", "1e3", "0x10", " 1"]) {
    assertThrows(() => makeSettings({ port }), SettingsError, "port must be");
  }
});

Deno.test("a file names who may connect, and its relative paths start at its folder", () => {
  const certificate = fromFileUrl(new URL("../support/tls/server-cert.pem", import.meta.url));
  const toml = `token-file = "token"
allow = ["10.0.0.0/8", "::1"]
tls-cert = ${JSON.stringify(certificate)}
tls-key = "key.pem"
`;
  return fromFile(toml, (read, folder) => {
    Deno.writeTextFileSync(`${folder}/token`, "a-token-for-the-test\n", {
      mode: 0o600,
    });
    const key = Deno.readTextFileSync(new URL("../support/tls/server-key.pem", import.meta.url));
    Deno.writeTextFileSync(`${folder}/key.pem`, key);
    const { token, allow, tls } = read();
    assert(token!.equals("a-token-for-the-test"));
    assert(allow!.includes("10.1.2.3") && !allow!.includes("127.0.0.1"));
    assertEquals(tls, { cert: Deno.readTextFileSync(certificate), key });
  });
});

Deno.test("the last of several tokens is used, and the others are not read", () => {
  const { token } = makeSettings({ "token-file": "/not/there" }, { token: "x".repeat(20) });
  assert(token!.equals("x".repeat(20)));
  assertThrows(() => makeSettings({ token: "" }), SettingsError, "MEASURING_TOKEN is empty");
  assertThrows(() => makeSettings({ "tls-cert": "a" }), SettingsError, "tls-key is missing");
});

Deno.test("a reload takes over what it can, and names the rest that differs", () => {
  const settings = makeSettings({ allow: "10.0.0.0/8", token: "x".repeat(20) });
  const { limits } = settings;
  const fresh = makeSettings({
    port: 1,
    allow: "10.0.0.0/16",
    codec: "zstd",
    token: "y".repeat(20),
    http: "127.0.0.1:0",
    limits: { "jobs": 7, "silence-seconds": 5 },
  });
  assertEquals(takeOver(settings, fresh), ["port", "allow", "http", "silence-seconds"]);
  assertEquals([settings.port, settings.http, settings.codec], [27700, null, "zstd"]);
  assert(settings.limits === limits, "parts of the service hold the limits themselves");
  assertEquals([limits.jobs, limits.silenceSeconds], [7, 30]);
  assert(settings.token!.equals("y".repeat(20)));
  assertEquals(takeOver(settings, makeSettings({ allow: "10.0.0.0/8" })), ["token-file"]);
  assert(settings.token!.equals("y".repeat(20)), "to begin or end tokens takes a restart");
});

Deno.test("a missing file or one that isn't TOML is refused", async () => {
  assertThrows(() => readSettingsFile("/not/there.toml"), SettingsError, "it doesn't exist");
  await assertRefused("port 1", "is not TOML");
});
