import type { Command, Option } from "../arguments/usage.ts";

/** What a shell offers in place of a value or an operand: words, or names of files or folders. */
export type Offer = { words: readonly string[] } | "files" | "folders" | null;

/** A command as completions have it. */
export type CompletedCommand = Pick<
  Command,
  "name" | "summary" | "operands" | "choices" | "options"
>;

/** What is offered behind an option; null for one that takes any text. */
export function valuesOf({ value, choices }: Pick<Option, "value" | "choices">): Offer {
  return offerOf(value ?? "", choices);
}

/** What is offered as a command's operand. */
export function operandsOf({ operands, choices }: CompletedCommand): Offer {
  return offerOf(operands.replace(/[[\]…]/g, ""), choices);
}

function offerOf(placeholder: string, choices: readonly string[] | undefined): Offer {
  if (choices !== undefined) return { words: choices };
  if (placeholder === "FILE") return "files";
  return placeholder === "DIR" ? "folders" : null;
}

/** Options that every command has beside its own. */
export const HELP: Option = { name: "help", help: "show this text" };
