import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { SecretTable } from "../../mod/access/secrets.ts";
import { readTokensFile } from "../../mod/access/tokens_file.ts";
import { Server } from "../../mod/server.ts";
import { SettingsError } from "../../mod/common/errors.ts";
import { makeSettings } from "../../mod/settings/settings.ts";
import { finish, tempDir, ways } from "../support/harness.ts";
import { fuzzRandom } from "../support/random_numbers.ts";

const TOKEN = "correct-horse-battery-staple", OTHER = "another-token-that-is-long";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A folder with a tokens file of this text. */
async function withFile(text: string, use: (path: string) => void | Promise<void>): Promise<void> {
  await using folder = await tempDir();
  const path = join(folder.path, "tokens.toml");
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  await use(path);
}

/** The lines of a client. */
function client(lines: Record<string, unknown>): string {
  const text = Object.entries({ name: "ann", token: TOKEN, role: "run", ...lines })
    .filter(([, value]) => value !== undefined)
    .map(([word, value]) => `${word} = ${JSON.stringify(value)}\n`);
  return `[[client]]\n${text.join("")}`;
}

Deno.test("a tokens file gives each client a token, a role and roots", () =>
  withFile(
    client({ roots: ["lab", "/srv"] }) +
      client({
        name: "Ада Л.",
        token: undefined,
        sha256: sha256(OTHER).toUpperCase(),
        role: "admin",
      }) +
      client({ name: "eve", token: "x".repeat(512), role: "look" }),
    (path) => {
      const tokens = readTokensFile(path);
      assertEquals(tokens.authenticate(TOKEN), {
        name: "ann",
        role: "run",
        roots: ["lab", "/srv"],
      });
      assertEquals(tokens.authenticate(OTHER), { name: "Ада Л.", role: "admin", roots: null });
      assertEquals(tokens.authenticate("x".repeat(512))?.name, "eve");
      const wrong = ["", `${TOKEN} `, TOKEN.slice(1), TOKEN.toUpperCase(), sha256(OTHER), null, 5, [
        TOKEN,
      ]];
      for (const token of wrong) assertEquals(tokens.authenticate(token), null);
      assert(!Deno.inspect(tokens, { showHidden: true, depth: 9 }).includes(TOKEN));
      assertEquals(JSON.stringify(tokens), "{}");
    },
  ));

Deno.test("an invalid entry in a tokens file is refused with the word that is meant", async () => {
  const refused: [text: string, message: RegExp][] = [
    ["", /names no client: begin each of them with a line \[\[client\]\]/],
    ["client = 5", /names no client/],
    ["client = [5]", /client 1 of the tokens file .* is no table/],
    ["[[clients]]\nname = 'a'", /the word "clients" in the tokens file .* did you mean client\?/],
    [client({ rol: "run" }), /the word "rol" in client 1 of .* is not known; did you mean role\?/],
    [client({ colour: "red" }), /the word "colour" .* use name, token, sha256, role, roots/],
    [client({ [OTHER]: 1 }), /the word … in client 1/],
    [client({ name: undefined }), /client 1 of .* needs a name/],
    [client({ name: "" }), /needs a name: 1 to 64 letters/],
    [client({ name: "a\nb" }), /needs a name/],
    [client({ name: "-a" }), /needs a name/],
    [client({ name: "a".repeat(65) }), /needs a name/],
    [client({ name: 5 }), /needs a name/],
    [
      client({ role: undefined }),
      /client 1 of .*, ann, needs a role, one of look, run, admin, and has none/,
    ],
    [client({ role: "lok" }), /one of look, run, admin, and has "lok"; did you mean look\?/],
    [client({ role: "Admin" }), /and has "Admin"; did you mean admin\?/],
    [client({ role: OTHER }), /and has …$/],
    [client({ token: undefined }), /ann, has neither token nor sha256/],
    [client({ sha256: sha256(OTHER) }), /ann, has token and sha256: give one of them/],
    [
      client({ token: "fifteen-letters" }),
      /the token of client 1 of .*, ann, doesn't hold a token: .*16 to 512/,
    ],
    [client({ token: "" }), /the token of client 1 of .*, ann, is empty/],
    [client({ token: 5 }), /has a token that is no string/],
    [client({ token: undefined, sha256: "abc" }), /sha256 that isn't 64 hexadecimal digits/],
    [client({ roots: [] }), /has roots that are no list of folders/],
    [client({ roots: [5] }), /has roots that are no list/],
    [client({ role: "look", roots: ["a"] }), /role look and names no files: leave its roots out/],
    [client({}) + client({ name: "bob" }), /clients 1 and 2 of .* have the same token/],
    [
      client({}) + client({ name: "bob", token: undefined, sha256: sha256(TOKEN) }),
      /clients 1 and 2 of .* have the same token/,
    ],
    [
      client({}) + client({ name: "Ann", token: OTHER }),
      /clients 1 and 2 of .* have the same name/,
    ],
    [`${client({})}token "${OTHER}"`, /is not TOML/],
    [`token = ${TOKEN}`, /is not TOML/],
    ["#".repeat(2 ** 20 + 1), /is longer than 1048576/],
    [
      Array.from({ length: 1001 }, (_, k) => client({ name: `c${k}`, token: `${TOKEN}${k}` })).join(
        "",
      ),
      /names 1001 clients: 1000 are allowed/,
    ],
  ];
  for (const [text, message] of refused) {
    await withFile(text, (path) => {
      const error = assertThrows(() => readTokensFile(path), SettingsError);
      assertMatch(error.message, message);
      for (const secret of [TOKEN, OTHER, "fifteen"]) {
        assert(!error.message.includes(secret), error.message);
      }
    });
  }
  assertThrows(() => readTokensFile("/not/there"), SettingsError, "it doesn't exist");
});

Deno.test("a tokens file that every user may read or write is refused", () =>
  withFile(client({}), async (path) => {
    for (const mode of [0o600, 0o400, 0o640, 0o660]) {
      await Deno.chmod(path, mode);
      assertEquals(readTokensFile(path).authenticate(TOKEN)?.name, "ann");
    }
    for (const mode of [0o644, 0o604, 0o602]) {
      await Deno.chmod(path, mode);
      assertThrows(() => readTokensFile(path), SettingsError, `chmod o-rw ${path}`);
    }
  }));

Deno.test("each of many secrets is found, and no other text matches", () => {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  for (let round = 0; round < 20; round++) {
    const random = fuzzRandom(round);
    const count = random(200);
    const secrets = Array.from({ length: count }, (_, k) => `secret ${round} ${k} ${random(1e9)}`);
    const table = new SecretTable(secrets.map((secret, k) => [digest(secret), { k }]));
    secrets.forEach((secret, k) => assertEquals(table.find(secret), { k }));
    for (let k = 0; k < 200; k++) assertEquals(table.find(`other ${random(1e9)}`), null);
  }
  // Digests that differ in a single bit, in each of their places.
  const own = digest("own");
  for (let bit = 0; bit < 256; bit++) {
    const near = Uint8Array.from(own);
    near[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(new SecretTable([[near, 1]]).find("own"), null);
    assertEquals(new SecretTable([[near, 1], [own, 2], [near, 3]]).find("own"), 2);
  }
});

Deno.test("a tokens file lets the service listen for other machines", () =>
  withFile(client({}), async (path) => {
    await using folder = await tempDir();
    const given = { host: "0.0.0.0", root: folder.path, "tokens-file": path };
    // Not started: tests listen on this machine only.
    assert(new Server(makeSettings(given)) instanceof Server);
    assert(makeSettings(given).tokens !== null && makeSettings(given).token === null);
  }));

for (const way of ways) {
  Deno.test(`a setting that conflicts with a tokens file is refused by its name [${way.name}]`, async () => {
    await using folder = await tempDir();
    const path = join(folder.path, "tokens.toml"), single = join(folder.path, "token");
    await Deno.writeTextFile(path, client({}), { mode: 0o600 });
    await Deno.writeTextFile(single, OTHER, { mode: 0o600 });
    const config = join(folder.path, "service.toml");
    await Deno.writeTextFile(config, 'tokens-file = "tokens.toml"\n');
    const refused: [args: string[], env: Record<string, string>, message: RegExp][] = [
      [
        ["--token-file", single],
        {},
        /token-file and tokens-file are both given: leave one of them out/,
      ],
      [[], { MEASURING_TOKEN: OTHER }, /MEASURING_TOKEN and tokens-file are both given/],
      [
        ["--http-token-file", single],
        {},
        /http-token-file and tokens-file are both given: leave http-/,
      ],
      [["--tokens-file", `${path}.not`], {}, /the tokens file .* can't be read: it doesn't exist/],
      [["--token-files", path], {}, /unknown option --token-files; did you mean --token-file\?/],
    ];
    for (const [args, env, message] of refused) {
      const all = ["serve", "--port", "0", "--root", folder.path, "--config", config, ...args];
      const { code, stdout, stderr } = await finish(way, all, { env });
      assertEquals([code, stdout], [2, ""], stderr);
      assertMatch(stderr, message);
      for (const secret of [TOKEN, OTHER]) assert(!stderr.includes(secret), stderr);
    }
    const shown = await finish(way, ["config", "--config", config]);
    assertEquals(shown.code, 0, shown.stderr);
    assertMatch(shown.stdout, new RegExp(`^tokens-file = "${path}" +# file ${config}$`, "m"));
    assert(!shown.stdout.includes(TOKEN));
    const variable = await finish(way, ["config"], { env: { MEASURING_TOKENS_FILE: path } });
    assertMatch(variable.stdout, /^tokens-file = .*# environment MEASURING_TOKENS_FILE$/m);
    await Deno.writeTextFile(config, 'tokenss-file = "tokens.toml"\n');
    const near = await finish(way, ["config", "--config", config]);
    assertMatch(
      near.stderr,
      /the setting tokenss-file in .* is not known: did you mean tokens-file\?/,
    );
  });
}
