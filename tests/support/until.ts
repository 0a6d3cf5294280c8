import { patiently } from "../../scripts/patience.ts";

/**
 * Looks again and again until there is something to see.
 *
 * @param what What is waited for, to say in the error.
 * @param look Gives something truthy as soon as it is there.
 * @param milliseconds Between two looks.
 * @throws Error after a time that nothing sound takes, however busy the machine is.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  milliseconds = 20,
): Promise<NonNullable<T>> {
  let waiting = true;
  const seen = async () => {
    for (;;) {
      const value = await look();
      if (value || !waiting) return value as NonNullable<T>;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  };
  return await patiently(seen(), what, () => waiting = false);
}
