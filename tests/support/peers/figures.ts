/** NumPy, SciPy and pandas: other people's figures of the same numbers. */
import { pythonScript } from "./python.ts";

const ask = pythonScript("figures.py");

/** What a function of `figures.py` is called with: numbers and arrays of them go over bit by bit. */
export type Argument = number | string | boolean | null | ArrayLike<number> | readonly Argument[];

/** Numbers, or several kinds of them by name. */
export type Figures = Float64Array | { readonly [name: string]: Float64Array };

/** Calls functions of `figures.py`; an error of one is its own answer. */
export async function figures(
  calls: readonly (readonly [name: string, ...args: Argument[]])[],
): Promise<(Figures | Error)[]> {
  const answers: unknown[] = JSON.parse(
    await ask(JSON.stringify(calls.map(([name, ...args]) => [name, args.map(packed)])), "compute"),
  );
  return answers.map((answer) => {
    if (typeof answer === "string") return unpacked(answer);
    const { error, ...members } = answer as Record<string, string>;
    if (error !== undefined) return new Error(error);
    return Object.fromEntries(
      Object.entries(members).map(([name, text]) => [name, unpacked(text)]),
    );
  });
}

function packed(argument: Argument): unknown {
  if (typeof argument === "number") return { number: base64Of(Float64Array.of(argument)) };
  if (typeof argument !== "object" || argument === null) return argument;
  if (Array.isArray(argument) && argument.some((member) => typeof member !== "number")) {
    return argument.map(packed);
  }
  return { numbers: base64Of(Float64Array.from(argument as ArrayLike<number>)) };
}

function base64Of(numbers: Float64Array<ArrayBuffer>): string {
  return new Uint8Array(numbers.buffer).toBase64();
}

function unpacked(text: string): Float64Array {
  return new Float64Array(Uint8Array.fromBase64(text).buffer);
}
