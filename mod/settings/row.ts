import type { SettingType } from "./setting_types.ts";

/** All that there is to say of one setting. */
export interface Row<T> {
  type: SettingType<T>;
  default: T;
  /** The default in words, where its value doesn't say it. */
  defaultWords?: string;
  /** What it is for: in the help and, with `--` left out, in the docs. */
  help: string;
  /** What the docs say more, as Markdown. */
  more?: string;
  /**
   * Whether a running service takes it at SIGHUP; `while set`: only where it was given before and still is.
   * Else it takes a restart.
   */
  reload: "always" | "never" | "while set";
  /** Nodes of a cluster have it, too; a text is what their help says of it. */
  node?: true | string;
}

/** A property's name as files and flags spell it: `jobSeconds` is `job-seconds`. */
export function spelled(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What a setting is for, with the values that there are. */
export function helpOf({ help, type: { choices } }: Row<unknown>): string {
  return choices === undefined ? help : `${help}: ${choices.join(", ")}`;
}

/** The default as people read it; null where there is nothing to say of it. */
export function defaultText({ default: value, defaultWords }: Row<unknown>): string | null {
  if (defaultWords !== undefined) return defaultWords;
  const isNothing = value === null || value === false || Array.isArray(value);
  return isNothing ? null : String(value);
}
