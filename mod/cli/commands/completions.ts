import { meantOrAll } from "../../common/nearest.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";
import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import { zshCompletions } from "../completions/zsh.ts";
import { out } from "../output/standard_output.ts";

const SHELLS = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions } as const;

const NAMES = Object.keys(SHELLS);

/** @param commandsOf Gives all commands of the program, this one among them. */
export function completions(commandsOf: () => Promise<Command[]>): Command {
  return {
    name: "completions",
    operands: "SHELL",
    choices: NAMES,
    summary: "print what makes a shell complete commands and options",
    description: `SHELL is ${
      NAMES.join(", ")
    }. Commands, options and their values are those that --help
tells of. Where each shell looks for it:
  bash  ~/.local/share/bash-completion/completions/${PROGRAM}
        (or, without the package bash-completion: source it in ~/.bashrc)
  zsh   a file _${PROGRAM} in a folder of fpath, before compinit runs
  fish  ~/.config/fish/completions/${PROGRAM}.fish`,
    options: [],
    examples: [
      `source <(${PROGRAM} completions bash)`,
      `${PROGRAM} completions fish > ~/.config/fish/completions/${PROGRAM}.fish`,
    ],
    run: (given) => print(given, commandsOf),
  };
}

async function print({ rest: [shell = ""] }: Given, commandsOf: () => Promise<Command[]>) {
  if (!Object.hasOwn(SHELLS, shell)) {
    throw new UsageError(`unknown shell ${shell}: ${meantOrAll(shell, NAMES)}`, "completions");
  }
  out(SHELLS[shell as keyof typeof SHELLS](await commandsOf()));
  return 0;
}
