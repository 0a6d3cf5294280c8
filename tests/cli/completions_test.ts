import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { compiled, finish, tempDir } from "../support/harness.ts";
import { missingCommand, testWith } from "../support/needs.ts";

const { stdout: help } = await finish(compiled, ["--help"]);
/** Commands as the help lists them. */
const COMMANDS = [
  ...help.slice(help.indexOf("Commands:"), help.indexOf("Options:"))
    .matchAll(/^ {2}([a-z]+) /gm),
].map(([, name]) => name!);

/** Options of a command as its help lists them. */
async function optionsOf(command: string): Promise<string[]> {
  const { stdout } = await finish(compiled, [command, "--help"]);
  const listed = stdout.slice(stdout.indexOf("\nOptions:\n"), stdout.indexOf("\nExample:\n"));
  return [...listed.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name!);
}

async function output(command: string, args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd, stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""]);
  return text(stdout);
}

/** What a shell offers for the last of some words, sorted. */
type Completes = (...words: string[]) => Promise<string[]>;

const sorted = (text: string) => text.split("\n").filter((line) => line !== "").sort();

/** The same of each shell: commands, options, values, files and folders. */
async function checkCompletions(complete: Completes): Promise<void> {
  assertEquals(await complete("sub"), ["submit"]);
  assertEquals(await complete("ca"), ["cancel"]);
  for (const command of COMMANDS) {
    assertEquals(await complete(command, "--"), (await optionsOf(command)).sort(), command);
  }
  assertEquals(await complete("help", "comp"), ["completions"]);
  assertEquals(await complete("completions", ""), ["bash", "fish", "zsh"]);
  assertEquals(await complete("run", "--codec", ""), ["none", "snappy", "zstd"]);
  assertEquals(await complete("jobs", "--state", "c"), ["cancelled", "complete"]);
  assertEquals(await complete("run", "--file", "wo"), ["work one.ts"]);
  assertEquals(await complete("check", "wo"), ["work one.ts"]);
  assertEquals((await complete("run", "--directory", "d")).map((name) => name.replace(/\/$/, "")), [
    "data",
  ]);
  assertEquals(await complete("run", "--timeout", ""), []);
}

/** Runs a check with a shell's completions in a file `script`, beside files and a folder to complete. */
async function withScript(
  shell: string,
  check: (script: string, folder: string) => Promise<void>,
): Promise<void> {
  await using folder = await tempDir();
  await Deno.mkdir(join(folder.path, "data"));
  await Deno.writeTextFile(join(folder.path, "work one.ts"), "");
  await Deno.writeTextFile(join(folder.path, "dull.txt"), "");
  const { code, stdout, stderr } = await finish(compiled, ["completions", shell]);
  assertEquals([code, stderr], [0, ""]);
  const script = join(folder.path, "script");
  await Deno.writeTextFile(script, stdout);
  await check(script, folder.path);
}

testWith(
  missingCommand(["bash", "bash"]),
  "bash completes what the help lists",
  () =>
    withScript("bash", async (script, folder) => {
      const ask = `source "$1"; shift; COMP_WORDS=(tcp_server "$@"); COMP_CWORD=$#
      _tcp_server; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const complete: Completes = async (...words) =>
        sorted(await output("bash", ["-c", ask, "ask", script, ...words], folder));
      assert((await complete("")).includes("serve"));
      await checkCompletions(complete);
      // As bash parts it.
      assertEquals(await complete("run", "--codec", "=", "z"), ["zstd"]);
      assertEquals(await complete("run", "--codec", "="), ["none", "snappy", "zstd"]);
      const registered = await output(
        "bash",
        ["-c", 'source "$1"; complete -p', "ask", script],
        folder,
      );
      assertEquals(registered, "complete -F _tcp_server tcp_server\n");
    }),
);

testWith(
  missingCommand(["fish", "fish"]),
  "fish completes what the help lists",
  () =>
    withScript("fish", async (script, folder) => {
      const ask = 'source $argv[1]; complete -C "tcp_server "(string join " " -- $argv[2..-1])';
      await checkCompletions(async (...words) => {
        const lines = await output("fish", ["--no-config", "-c", ask, script, ...words], folder);
        return sorted(lines.replace(/\t.*/g, ""));
      });
    }),
);

/** A zsh that writes what it would offer into the file `offers`, and ends. */
const ZSH_INSIDE = `
  PROMPT=
  autoload -Uz compinit; compinit -u -d "$PWD/dump"
  source "$PWD/script"
  bindkey '^I' complete-word
  zstyle ':completion:*' insert-tab false
  zstyle ':completion:*' list-separator ''
  compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
    local -a hits
    builtin compadd -O hits "$@"
    print -rl -- $hits >> "$PWD/offers"
    builtin compadd "$@"
  }
  finished() { touch "$PWD/done"; exit }
  comppostfuncs=(finished)
  touch "$PWD/ready"
`;

/** Types a line and a tab into such a zsh. */
const ZSH_OUTSIDE = `
  zmodload zsh/zpty zsh/zselect
  wait_for() { until [[ -e $1 ]]; do zselect -t 2; zpty -t z || exit 1; done }
  rm -f ready done offers; touch offers
  zpty z zsh -f -i
  zpty -w z 'source "$PWD/inside"'
  wait_for ready
  zpty -w -n z "tcp_server $*"$'\\t'
  wait_for done
  cat offers
`;

testWith(
  missingCommand(["zsh", "zsh"]),
  "zsh completes what the help lists",
  () =>
    withScript("zsh", async (script, folder) => {
      assert((await Deno.readTextFile(script)).startsWith("#compdef tcp_server\n"));
      await Deno.writeTextFile(join(folder, "inside"), ZSH_INSIDE);
      await checkCompletions(async (...words) => {
        const offers = await output("zsh", ["-f", "-c", ZSH_OUTSIDE, "ask", ...words], folder);
        // Names of files are quoted, and asked for more than once.
        return [...new Set(sorted(offers.replaceAll("\\", "")))];
      });
    }),
);
