import { type AmountName, AMOUNTS } from "../../scripts/suite/plan.ts";
import { amountOf, SEED } from "./suite_options.ts";

/** Tells an amount and the seed when it is disposed of, so that what went wrong can be repeated. */
export function tellAmount(amount: AmountName): Disposable {
  return {
    [Symbol.dispose]: () => {
      console.log(`${amount} ${amountOf(amount)} (${AMOUNTS[amount].unit}), seed ${SEED}`);
    },
  };
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
