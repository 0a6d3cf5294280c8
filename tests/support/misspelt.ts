/** Mistyped words, for tests of hints at what is meant. */
import type { Random } from "./random_numbers.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A word with one slip: a letter too many, too few, another one, or two exchanged; or in other capitals. */
export function misspelt(word: string, random: Random): string {
  const at = random(word.length), letter = LETTERS[random(LETTERS.length)]!;
  const [before, here, after] = [word.slice(0, at), word[at]!, word.slice(at + 1)];
  const slips = [
    () => before + letter + here + after,
    () => before + after,
    () => before + letter + after,
    () => after === "" ? word + letter : before + after[0] + here + after.slice(1),
    () => inOtherCapitals(word, random),
  ];
  return slips[random(slips.length)]!();
}

function inOtherCapitals(word: string, random: Random): string {
  return [...word].map((letter) => random(2) ? letter.toUpperCase() : letter.toLowerCase()).join(
    "",
  );
}
