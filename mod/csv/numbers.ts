/** Numbers as text. */

/** Rounds to a shorter type, exactly what it would be stored as. */
type Round = (value: number) => number;

const LEAST_NORMAL = 2 ** -126;

/**
 * A double in the fewest digits that are read back as the same one, always with a point or an exponent, so that
 * readers take it for a double: `3.0`, `0.1`, `1e+21`, `-0.0`. What is no number is `NaN`, `inf`, `-inf`.
 */
export function doubleText(value: number): string {
  if (value !== value) return "NaN";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

/** The same of a float of 32 bits: `0.1`, and not what its nearest double has. */
export function floatText(value: number): string {
  // Six digits are exact both ways, but for what is so small that it has fewer.
  const least = Math.abs(value) < LEAST_NORMAL ? 1 : 6;
  return doubleText(shortest(value, least, 9, Math.fround));
}

/** The same of a float of 16 bits. */
export function halfText(value: number): string {
  return doubleText(shortest(value, 1, 5, halfOf));
}

function halfOf(value: number): number {
  return new Float16Array([value])[0]!;
}

/** The double of the fewest digits that becomes the value again when it is rounded. */
function shortest(value: number, least: number, most: number, round: Round): number {
  if (!Number.isFinite(value) || Number.isInteger(value) && Math.abs(value) < 1e6) return value;
  for (let digits = least; digits < most; digits++) {
    const near = Number(value.toPrecision(digits));
    if (round(near) === value) return near;
  }
  return Number(value.toPrecision(most));
}
