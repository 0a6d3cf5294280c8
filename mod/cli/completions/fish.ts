import { type Option, PROGRAM } from "../arguments/usage.ts";
import { type CompletedCommand, HELP, type Offer, operandsOf, valuesOf } from "./offers.ts";

/** Completions for fish. */
export function fishCompletions(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const line = (...parts: string[]) => ["complete", "-c", PROGRAM, ...parts].join(" ");
  const first = "-n __fish_use_subcommand";
  return [
    `# ${PROGRAM} completions fish`,
    line("-f"),
    line(first, "-l", "version", "-d", "'show the version'"),
    line(first, "-l", HELP.name, "-d", quoted(HELP.help)),
    line(first, "-a", "help", "-d", "'show what a command can do'"),
    line("-n", "'__fish_seen_subcommand_from help'", "-a", quoted(names)),
    ...commands.flatMap((command) => {
      const within = `-n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
      const operands = offered(operandsOf(command));
      return [
        line(first, "-a", command.name, "-d", quoted(command.summary)),
        ...(operands === "" ? [] : [line(within, operands)]),
        ...[...command.options, HELP].map((option) => line(within, ...optionParts(option))),
      ];
    }),
  ].join("\n") + "\n";
}

function optionParts(option: Option): string[] {
  const { name, value, help } = option;
  const offer = valuesOf(option);
  const takes = value === undefined ? [] : offer === "files" ? ["-r"] : ["-x"];
  const values = value === undefined ? [] : [offered(offer)].filter((part) => part !== "");
  return ["-l", name, ...takes, ...values, "-d", quoted(help)];
}

function offered(offer: Offer): string {
  if (offer === null) return "";
  if (offer === "files") return "-F";
  return offer === "folders"
    ? "-a '(__fish_complete_directories)'"
    : `-a ${quoted(offer.words.join(" "))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
