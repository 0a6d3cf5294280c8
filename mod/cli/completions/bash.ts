import { PROGRAM } from "../arguments/usage.ts";
import { type CompletedCommand, HELP, type Offer, operandsOf, valuesOf } from "./offers.ts";

/** Completions for bash 4 and later, which need no package. */
export function bashCompletions(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# ${PROGRAM} completions bash
_${PROGRAM}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  # bash has --name=value as three words.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    _${PROGRAM}_words "$word" "${names} help --help --version"
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
    "help help") _${PROGRAM}_words "$word" "${names}"; return ;;
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $word != -* ]]; then
    case "\${COMP_WORDS[1]}" in
${commands.flatMap(operandCase).join("\n")}
    esac
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(optionCase).join("\n")}
  esac
}
_${PROGRAM}_words() { mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1"); }
_${PROGRAM}_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }
_${PROGRAM}_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$1"); }
complete -F _${PROGRAM} ${PROGRAM}
`;
}

function valueCases(command: CompletedCommand): string[] {
  return command.options.filter(({ value }) => value !== undefined).map((option) => {
    const offered = called(valuesOf(option));
    return `    "${command.name} --${option.name}") ${offered}return ;;`;
  });
}

function operandCase(command: CompletedCommand): string[] {
  const offered = called(operandsOf(command));
  return offered === "" ? [] : [`      ${command.name}) ${offered};;`];
}

function optionCase({ name, options }: CompletedCommand): string {
  const words = [...options, HELP].map(({ name }) => `--${name}`).join(" ");
  return `    ${name}) _${PROGRAM}_words "$word" "${words}" ;;`;
}

/** The call that offers something, with its end; nothing where nothing is offered. */
function called(offer: Offer): string {
  if (offer === null) return "";
  if (typeof offer === "string") return `_${PROGRAM}_${offer} "$word"; `;
  return `_${PROGRAM}_words "$word" "${offer.words.join(" ")}"; `;
}
