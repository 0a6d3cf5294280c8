/** Real and imaginary parts, of equal length. */
export interface Complex {
  re: Float64Array;
  im: Float64Array;
}
