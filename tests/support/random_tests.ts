import { type AmountName, AMOUNTS } from "../../scripts/suite/plan.ts";
import { amountOf, isGiven, SEED } from "./suite_options.ts";

/** Seconds within which random cases beyond those of the short suite begin. */
const SECONDS = 60;

/** Tells an amount and the seed when it is disposed of, so that what went wrong can be repeated. */
export function tellAmount(amount: AmountName): Disposable {
  return {
    [Symbol.dispose]: () => {
      console.log(`${amount} ${amountOf(amount)} (${AMOUNTS[amount].unit}), seed ${SEED}`);
    },
  };
}

/**
 * Numbers of random cases, from 0: at least as many as in the short suite, and at most as many as the amount says.
 * Between these, none begins after a minute, so that a slow machine does less, not longer. Tells how many there
 * were if these are fewer. An amount that was given is done whole.
 */
export function* randomCases(amount: AmountName): Generator<number, void> {
  const most = amountOf(amount);
  const least = isGiven(amount) ? most : Math.min(most, AMOUNTS[amount].short);
  const end = performance.now() + 1000 * SECONDS;
  let index = 0;
  while (index < most && (index < least || performance.now() < end)) yield index++;
  if (index < most) console.log(`${amount}: ${index} of ${most} began within ${SECONDS} s`);
}

/** A test of as many random cases as its amount says, which it tells when it ends; none where it is 0. */
export function randomTest(
  amount: AmountName,
  name: string,
  fn: (count: number) => void | Promise<void>,
): void {
  const count = amountOf(amount);
  if (count === 0) return;
  Deno.test(name, async () => {
    using _told = tellAmount(amount);
    await fn(count);
  });
}
