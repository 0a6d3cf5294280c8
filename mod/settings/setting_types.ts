import { SettingsError } from "../common/errors.ts";

/** What the value of a setting may be, and how it is read. */
export interface SettingType<T> {
  /**
   * The value of what stands in a file, an environment variable or a flag.
   *
   * @param name The setting's name, for the message.
   * @throws {SettingsError}
   */
  read(name: string, given: unknown): T;
  /** What a file would have in place of an environment variable's text; absent where that is the text. */
  fromText?(text: string): unknown;
  /** The only values that there are. */
  choices?: readonly string[];
  /** It is on or off: its flag takes no value. */
  isSwitch?: true;
  /** Its flag may be repeated, and a file may have a list. */
  isList?: true;
  /** It is a path or several; those in a file start at the file's folder. */
  isPath?: true;
}

/** Whole numbers of a range, also as the text that a flag brings. */
export function whole(least: number, most: number): SettingType<number> {
  return {
    read(name, given) {
      const number = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
      if (isWhole(number) && number >= least && number <= most) return number;
      throw misfit(name, given, `a whole number from ${least} to ${most}`);
    },
  };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Durations in seconds, with or without a fraction. */
export const seconds: SettingType<number> = {
  read(name, given) {
    const number = typeof given === "string" && /^\d+(\.\d+)?$/.test(given) ? +given : given;
    if (typeof number === "number" && number > 0 && number <= 1e6) return number;
    throw misfit(name, given, "a number of seconds above 0 and up to 1000000");
  },
};

/** One of some words. */
export function oneOf<T extends string>(choices: readonly T[]): SettingType<T> {
  return {
    choices,
    read(name, given) {
      const found = choices.find((one) => one === given);
      if (found === undefined) throw misfit(name, given, `one of ${choices.join(", ")}`);
      return found;
    },
  };
}

/** On or off. */
export const onOff: SettingType<boolean> = {
  isSwitch: true,
  read(name, given) {
    if (typeof given === "boolean") return given;
    throw misfit(name, given, "true or false");
  },
  fromText: (text) => /^(true|false)$/.test(text) ? text === "true" : text,
};

/** An address or the name of a host. */
export const hostName: SettingType<string> = {
  read(name, given) {
    if (typeof given === "string" && given.trim() !== "") return given;
    throw misfit(name, given, "an address or a host's name");
  },
};

/** A host and a port. */
export const hostPort: SettingType<string> = {
  read(name, given) {
    const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:\s\[\]]+):(\d{1,5})$/i.exec(String(given)) ?? [];
    if (host !== undefined && Number(port) <= 65535) return `${host}:${Number(port)}`;
    throw misfit(name, given, "HOST:PORT, such as 127.0.0.1:27701 or [::1]:27701");
  },
};

/** The URL of a Redis. The message shows no URL: there may be a password in it. */
export const redisUrl: SettingType<string> = {
  read(name, given) {
    const url = typeof given === "string" ? URL.parse(given) : null;
    if (url !== null && /^rediss?:$/.test(url.protocol) && url.hostname) return url.href;
    throw new SettingsError(
      `${name} must be redis://HOST:PORT, or rediss://HOST:PORT over TLS, with USER:PASSWORD@ before HOST where it is asked for`,
    );
  },
};

/** The path of a file. */
export const filePath: SettingType<string> = path("a file's path");

/** The path of a folder. */
export const folderPath: SettingType<string> = path("a folder's path");

function path(wanted: string): SettingType<string> {
  return {
    isPath: true,
    read(name, given) {
      if (typeof given === "string" && given !== "") return given;
      throw misfit(name, given, wanted);
    },
  };
}

/** Paths of folders. An environment variable has colons between them, as `PATH` does. */
export const folderPaths: SettingType<string[]> = {
  ...listOf("a folder's path or a list of them", ":"),
  isPath: true,
};

/**
 * Texts that are not empty, one at least; one may be given without a list.
 *
 * @param wanted What they are, for the message.
 * @param separator What an environment variable has between them.
 */
export function listOf(wanted: string, separator = ","): SettingType<string[]> {
  return {
    isList: true,
    read(name, given) {
      const list = Array.isArray(given) ? given : [given];
      const isFit = list.length > 0 && list.every((one) => typeof one === "string" && one !== "");
      if (!isFit) throw misfit(name, given, wanted);
      return list;
    },
    fromText: (text) => text.split(separator),
  };
}

/** The error of a value that a setting can't have. */
export function misfit(name: string, given: unknown, wanted: string): SettingsError {
  return new SettingsError(`${name} must be ${wanted}, not ${JSON.stringify(given)}`);
}
