import { type Option, PROGRAM } from "../arguments/usage.ts";
import { type CompletedCommand, HELP, type Offer, operandsOf, valuesOf } from "./offers.ts";

/** Completions for zsh: a file for a folder of `fpath`, or to be read by `source`. */
export function zshCompletions(commands: readonly CompletedCommand[]): string {
  const described = commands
    .map(({ name, summary }) => `      ${quoted(`${name}:${escaped(summary)}`)}`);
  const names = commands.map(({ name }) => name).join(" ");
  return `#compdef ${PROGRAM}
# ${PROGRAM} completions zsh
_${PROGRAM}() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${described.join("\n")}
      'help:show what a command can do'
    )
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _arguments '1:command:(${names})' ;;
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _${PROGRAM} ]]; then _${PROGRAM} "$@"; else compdef _${PROGRAM} ${PROGRAM}; fi
`;
}

function commandCase(command: CompletedCommand): string {
  const operands = operandsOf(command);
  const specs = [
    ...[...command.options, HELP].map(optionSpec),
    ...(operands === null ? [] : [`*:operand:${action(operands)}`]),
  ];
  return `    ${command.name}) _arguments ${
    specs.map((spec) => `\\\n      ${quoted(spec)}`).join(" ")
  } ;;`;
}

function optionSpec(option: Option): string {
  const { name, value, help, many } = option;
  const start = `${many === true ? "*" : ""}--${name}`;
  if (value === undefined) return `${start}[${escaped(help)}]`;
  return `${start}=[${escaped(help)}]:${escaped(value)}:${action(valuesOf(option))}`;
}

function action(offer: Offer): string {
  if (offer === null) return " ";
  if (offer === "files") return "_files";
  return offer === "folders" ? "_files -/" : `(${offer.words.join(" ")})`;
}

/** Signs that mean something in what `_arguments` and `_describe` are told. */
function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
