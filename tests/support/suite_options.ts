/** How much the tests do whose amount can be chosen, and the seed of all that is random. */
import { type AmountName, AMOUNTS } from "../../scripts/suite/plan.ts";

/** Whether this is the long suite. */
export const LONG: boolean = Deno.env.get("SUITE") === "long";

/** The seed of all that is random: `--seed`, a whole number, gives other cases. */
export const SEED = Number(Deno.env.get("SUITE_SEED") ?? 27_700);

const given = JSON.parse(Deno.env.get("SUITE_AMOUNTS") ?? "{}") as Partial<
  Record<AmountName, number>
>;

/** Whether an amount was given. */
export function isGiven(name: AmountName): boolean {
  return given[name] !== undefined;
}

/** How much of something is to be done: what was given, else the suite's own amount; 0 for none of it. */
export function amountOf(name: AmountName): number {
  return given[name] ?? AMOUNTS[name][LONG ? "long" : "short"];
}
