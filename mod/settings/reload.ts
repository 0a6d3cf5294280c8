import { FILE_ENTRIES, LIMIT_ENTRIES } from "./entries.ts";
import type { Row } from "./row.ts";
import type { Settings } from "./settings.ts";

/** A setting or limit, as far as it matters here. */
interface Entry {
  name: string;
  key: string;
  row: Row<unknown>;
}

/**
 * Takes those settings over that a running service can.
 *
 * @return names of the others that differ: they take a restart
 */
export function takeOver(settings: Settings, fresh: Settings): string[] {
  return [
    ...takeOverThose(FILE_ENTRIES, settings, fresh),
    ...takeOverThose(LIMIT_ENTRIES, settings.limits, fresh.limits),
  ];
}

function takeOverThose<T extends object>(entries: readonly Entry[], to: T, from: T): string[] {
  const waiting: string[] = [];
  for (const { name, key, row } of entries) {
    const old = Reflect.get(to, key), next = Reflect.get(from, key);
    if (reloads(row, old, next)) Reflect.set(to, key, next);
    else if (JSON.stringify(old) !== JSON.stringify(next)) waiting.push(name);
  }
  return waiting;
}

function reloads({ reload }: Row<unknown>, old: unknown, next: unknown): boolean {
  return reload === "while set" ? old !== null && next !== null : reload === "always";
}
