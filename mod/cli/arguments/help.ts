import { SETTINGS } from "../../settings/table.ts";
import { type Command, PROGRAM } from "./usage.ts";

/** What the program says about itself. */
export function programHelp(commands: readonly Command[]): string {
  return `${PROGRAM} runs formulas over Parquet datasets, on request over TCP.

A client sends a line of JSON to port ${SETTINGS.port.default} that names a folder, a Parquet file
and a formula file in it; the service computes on all cores, writes the result
beside the data and replies with its name.

Usage: ${PROGRAM} COMMAND [OPTIONS]

Commands:
${table(commands.map(({ name, summary }) => [name, summary]))}

Options:
${
    table([
      ["--help", "show this text; COMMAND --help shows a command's"],
      ["--version", "show the version"],
    ])
  }

Start with:
  ${PROGRAM} serve --root data
  ${PROGRAM} send '{"Header":"Info","Request":"Status"}'
`;
}

/** What one command can do. */
export function commandHelp(command: Omit<Command, "run">, program: string = PROGRAM): string {
  const { name, operands, summary, description, options, examples } = command;
  const usage = [program, name, operands, "[OPTIONS]"].filter((part) => part !== "").join(" ");
  return `${program} ${name}: ${summary}

Usage: ${usage}

${description}

Options:
${
    table([
      ...options.map(({ name, value, help }) =>
        [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const
      ),
      ["--help", "show this text"],
    ])
  }

Example:
${examples.map((example) => `  ${example}`).join("\n")}
`;
}

/** Rows of two columns, the second of which begins at the same place in all. */
export function table(rows: (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
